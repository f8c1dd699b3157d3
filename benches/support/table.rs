//! What was measured, as a table.

use std::time::Duration;

/// One line: what, measured, and what it is held against.
pub struct Line {
    pub what: String,
    pub measured: f64,
    pub floor: Option<f64>,
    pub budget: Option<f64>,
    pub unit: &'static str,
    /// The budget is for the ratio to the floor.
    pub ratio: bool,
    /// The budget is the least that is wanted.
    pub least: bool,
}

/// All lines.
#[derive(Default)]
pub struct Table {
    lines: Vec<Line>,
}

impl Table {
    /// A value with a budget of its own.
    pub fn value(&mut self, what: impl Into<String>, measured: f64, unit: &'static str, budget: f64) {
        self.push(Line {
            what: what.into(),
            measured,
            floor: None,
            budget: Some(budget),
            unit,
            ratio: false,
            least: false,
        });
    }

    /// A value that is to be as large as this at least.
    pub fn at_least(&mut self, what: impl Into<String>, measured: f64, unit: &'static str, least: f64) {
        self.push(Line {
            what: what.into(),
            measured,
            floor: None,
            budget: Some(least),
            unit,
            ratio: false,
            least: true,
        });
    }

    /// A value that is only told.
    pub fn told(&mut self, what: impl Into<String>, measured: f64, unit: &'static str) {
        self.push(Line {
            what: what.into(),
            measured,
            floor: None,
            budget: None,
            unit,
            ratio: false,
            least: false,
        });
    }

    /// A line as it is.
    pub fn push(&mut self, line: Line) {
        eprintln!("{}", line.text());
        self.lines.push(line);
    }

    /// All of it; the number of lines over budget.
    pub fn print(&self) -> usize {
        println!("\n{}", heading());
        for line in &self.lines {
            println!("{}", line.text());
        }
        self.lines.iter().filter(|line| line.over()).count()
    }
}

fn heading() -> String {
    format!("{:<52} {:>12} {:>10} {:>7} {:>10}", "what", "measured", "floor", "ratio", "budget")
}

impl Line {
    fn over(&self) -> bool {
        let value = if self.ratio { self.measured / self.floor.unwrap_or(1.0) } else { self.measured };
        self.budget.is_some_and(|budget| if self.least { value < budget } else { value > budget })
    }

    fn text(&self) -> String {
        let Self { what, measured, floor, budget, unit, ratio, least } = self;
        let number = |value: f64| {
            if value.abs() >= 100.0 || value == value.trunc() {
                format!("{value:.0}")
            } else {
                format!("{value:.2}")
            }
        };
        let floor_text = floor.map_or(String::new(), number);
        let ratio_text = floor.map_or(String::new(), |floor| format!("{:.2}", measured / floor));
        let budget_text = match budget {
            Some(budget) if *ratio => format!("{budget} x"),
            Some(budget) if *least => format!(">= {}", number(*budget)),
            Some(budget) => format!("{} {unit}", number(*budget)),
            None => String::new(),
        };
        let verdict = match (budget, self.over()) {
            (None, _) => "",
            (Some(_), true) => "OVER",
            (Some(_), false) => "ok",
        };
        let measured = format!("{} {unit}", number(*measured));
        format!("{what:<52} {measured:>12} {floor_text:>10} {ratio_text:>7} {budget_text:>10}  {verdict}")
    }
}

/// Milliseconds.
pub fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// Microseconds.
pub fn us(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}
