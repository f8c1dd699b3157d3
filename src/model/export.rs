//! Rows of a table as text for the clipboard or a file: aligned, CSV, JSON, YAML.

use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr as _;

/// In what form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Columns under their titles, as kubectl prints them.
    Text,
    /// RFC 4180, with a line of titles.
    Csv,
    /// An array of objects.
    Json,
    /// A list of maps.
    Yaml,
}

impl Form {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Text, Self::Csv, Self::Json, Self::Yaml];

    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Csv => "CSV",
            Self::Json => "JSON",
            Self::Yaml => "YAML",
        }
    }

    /// How a file of it ends.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Text => "txt",
            Self::Csv => "csv",
            Self::Json => "json",
            Self::Yaml => "yaml",
        }
    }
}

/// Rows with their columns.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sheet {
    /// The id and the title of each column.
    pub columns: Vec<(&'static str, &'static str)>,
    /// The cells of each row.
    pub rows: Vec<Vec<String>>,
}

impl Sheet {
    /// All of it in a form; every line has its break.
    pub fn write(&self, form: Form) -> String {
        match form {
            Form::Text => self.text(),
            Form::Csv => self.csv(),
            Form::Json => self.json(),
            Form::Yaml => self.yaml(),
        }
    }

    fn text(&self) -> String {
        let titles: Vec<&str> = self.columns.iter().map(|(_, title)| *title).collect();
        let width = |at: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(at)).map(|cell| cell.width());
            cells.chain([titles[at].width()]).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..titles.len()).map(width).collect();
        let mut out = String::new();
        let mut line = |cells: &mut dyn Iterator<Item = &str>| {
            let mut text = String::new();
            for (cell, width) in cells.zip(&widths) {
                text.push_str(cell);
                text.push_str(&" ".repeat(width.saturating_sub(cell.width()) + 3));
            }
            out.push_str(text.trim_end());
            out.push('\n');
        };
        line(&mut titles.iter().copied());
        for row in &self.rows {
            line(&mut row.iter().map(String::as_str));
        }
        out
    }

    fn csv(&self) -> String {
        let mut out = String::new();
        let mut line = |cells: &mut dyn Iterator<Item = &str>| {
            let cells: Vec<String> = cells.map(quoted).collect();
            out.push_str(&cells.join(","));
            out.push_str("\r\n");
        };
        line(&mut self.columns.iter().map(|(_, title)| *title));
        for row in &self.rows {
            line(&mut row.iter().map(String::as_str));
        }
        out
    }

    fn json(&self) -> String {
        let rows = self.rows.iter().map(|row| {
            let cells = self.columns.iter().zip(row);
            cells.map(|((id, _), cell)| ((*id).to_owned(), cell.as_str().into())).collect()
        });
        let rows: Vec<serde_json::Value> = rows.map(serde_json::Value::Object).collect();
        format!("{:#}\n", serde_json::Value::Array(rows))
    }

    /// A string in JSON is one in YAML too.
    fn yaml(&self) -> String {
        if self.rows.is_empty() {
            return "[]\n".to_owned();
        }
        let mut out = String::new();
        for row in &self.rows {
            for (at, ((id, _), cell)) in self.columns.iter().zip(row).enumerate() {
                let dash = if at == 0 { "- " } else { "  " };
                // Writing to a string cannot fail.
                let _ = writeln!(out, "{dash}{}: {}", key(id), serde_json::Value::from(cell.as_str()));
            }
        }
        out
    }
}

/// A key of YAML: plain where it can be.
fn key(id: &str) -> String {
    let plain = id.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-') && !id.starts_with('-');
    if plain { id.to_owned() } else { serde_json::Value::from(id).to_string() }
}

fn quoted(cell: &str) -> String {
    if cell.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet() -> Sheet {
        let row = |cells: [&str; 3]| cells.map(str::to_owned).to_vec();
        Sheet {
            columns: vec![("name", "NAME"), ("port(s)", "PORT(S)"), ("age", "AGE")],
            rows: vec![row(["web", "80,443", "5m"]), row(["größe-1", "say \"x\"", ""])],
        }
    }

    #[test]
    fn each_form_says_the_same() {
        let text = "NAME      PORT(S)   AGE\nweb       80,443    5m\ngröße-1   say \"x\"\n";
        assert_eq!(sheet().write(Form::Text), text);
        let csv = "NAME,PORT(S),AGE\r\nweb,\"80,443\",5m\r\ngröße-1,\"say \"\"x\"\"\",\r\n";
        assert_eq!(sheet().write(Form::Csv), csv);
        let json: serde_json::Value = serde_json::from_str(&sheet().write(Form::Json)).unwrap();
        assert_eq!(json[1]["port(s)"], "say \"x\"");
        let yaml: serde_json::Value = serde_yaml::from_str(&sheet().write(Form::Yaml)).unwrap();
        assert_eq!(yaml, json);
        let none = Sheet { rows: Vec::new(), ..sheet() };
        assert_eq!((none.write(Form::Yaml), none.write(Form::Json)), ("[]\n".to_owned(), "[]\n".to_owned()));
    }
}
