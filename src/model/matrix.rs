//! The same deployments in several clusters, side by side: what is in each, and what of it differs, is missing or is unwell.

use std::collections::BTreeMap;

use super::record::{Deployment, Health, Image};

/// What is known of a cluster.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Column {
    /// Its deployments have been read: what is not there is missing.
    pub read: bool,
    /// Only this namespace of it has been read.
    pub only: Option<String>,
}

impl Column {
    fn knows(&self, namespace: &str) -> bool {
        self.read && self.only.as_ref().is_none_or(|only| only == namespace)
    }
}

/// A deployment in one cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Here {
    /// It is there.
    Is(Part),
    /// It is not there.
    Missing,
    /// Whether it is there is not known.
    Unread,
}

/// What is shown of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Ready pods.
    pub ready: u32,
    /// Pods that are wished for.
    pub desired: u32,
    /// Tag of the image: of the first container, or of the first that differs.
    pub tag: String,
    /// Its images are other ones than those of most clusters.
    pub differs: bool,
    /// The revision.
    pub revision: u64,
    /// How it is doing.
    pub health: Health,
}

/// What there is to say of a deployment, the gravest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum What {
    /// It is broken.
    Failing,
    /// It is not there, though it is elsewhere.
    Missing,
    /// Its images are other ones.
    Images,
    /// It is not as it should be.
    Unwell,
    /// It is scaled to nothing, though it runs elsewhere.
    Off,
    /// It is on its way.
    Rolling,
}

impl What {
    /// In a word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Failing => "failing",
            Self::Missing => "missing",
            Self::Images => "images",
            Self::Unwell => "to look at",
            Self::Off => "off",
            Self::Rolling => "rolling",
        }
    }
}

/// One thing to say, and of which clusters, by their index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What.
    pub what: What,
    /// Where.
    pub places: Vec<usize>,
}

/// A deployment in all clusters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// What is in each cluster.
    pub cells: Vec<Here>,
    /// What there is to say; nothing where it is well and the same everywhere.
    pub findings: Vec<Finding>,
}

/// A line for each deployment, by namespace and name; what is broken or differs comes first.
pub fn lines<'a>(rows: impl IntoIterator<Item = (usize, &'a Deployment)>, columns: &[Column]) -> Vec<Line> {
    let mut found: BTreeMap<(&str, &str), Vec<Option<&Deployment>>> = BTreeMap::new();
    for (place, row) in rows.into_iter().filter(|(place, _)| *place < columns.len()) {
        let key = (&*row.meta.namespace, &*row.meta.name);
        found.entry(key).or_insert_with(|| vec![None; columns.len()])[place] = Some(row);
    }
    let line = |((namespace, name), rows): ((&str, &str), Vec<Option<&Deployment>>)| {
        line(namespace, name, &rows, columns)
    };
    let mut lines: Vec<Line> = found.into_iter().map(line).collect();
    // They are in the order of their names already.
    lines.sort_by_key(|line| line.findings.first().map_or((1, None), |finding| (0, Some(finding.what))));
    lines
}

fn line(namespace: &str, name: &str, rows: &[Option<&Deployment>], columns: &[Column]) -> Line {
    let usual = usual(rows);
    let cells: Vec<Here> = rows
        .iter()
        .zip(columns)
        .map(|(row, column)| match row {
            Some(row) => Here::Is(part(row, &usual)),
            None if column.knows(namespace) => Here::Missing,
            None => Here::Unread,
        })
        .collect();
    let some_run = cells.iter().any(|cell| matches!(cell, Here::Is(part) if part.health != Health::Idle));
    let is = |what: What, cell: &Here| match (what, cell) {
        (What::Missing, cell) => *cell == Here::Missing,
        (What::Images, Here::Is(part)) => part.differs,
        (What::Failing, Here::Is(part)) => part.health == Health::Fault,
        (What::Unwell, Here::Is(part)) => part.health == Health::Warning,
        (What::Rolling, Here::Is(part)) => part.health == Health::Progressing,
        (What::Off, Here::Is(part)) => some_run && part.health == Health::Idle,
        (_, Here::Missing | Here::Unread) => false,
    };
    let all = [What::Failing, What::Missing, What::Images, What::Unwell, What::Off, What::Rolling];
    let findings = all.into_iter().filter_map(|what| {
        let places: Vec<usize> = (0..cells.len()).filter(|at| is(what, &cells[*at])).collect();
        (!places.is_empty()).then_some(Finding { what, places })
    });
    let findings = findings.collect();
    Line { namespace: namespace.to_owned(), name: name.to_owned(), cells, findings }
}

fn part(row: &Deployment, usual: &[(&str, &str)]) -> Part {
    let images = essentials(&row.images);
    let other = images.iter().find(|image| !usual.contains(image));
    Part {
        ready: row.ready,
        desired: row.desired,
        tag: tag(other.or(images.first()).map_or("", |(_, image)| image), images.len()),
        differs: images != usual,
        revision: row.revision,
        health: row.health,
    }
}

/// The images that most clusters have; of as many, those of the first.
fn usual<'a>(rows: &[Option<&'a Deployment>]) -> Vec<(&'a str, &'a str)> {
    let all: Vec<_> = rows.iter().flatten().map(|row| essentials(&row.images)).collect();
    let count = |images: &Vec<(&str, &str)>| all.iter().filter(|other| *other == images).count();
    let mut best: Option<&Vec<(&str, &str)>> = None;
    for images in &all {
        if best.is_none_or(|best| count(images) > count(best)) {
            best = Some(images);
        }
    }
    best.cloned().unwrap_or_default()
}

/// The containers with their images, without the registries, which may differ: mirrors are of their region.
fn essentials(images: &[Image]) -> Vec<(&str, &str)> {
    let essential = |image: &'_ str| {
        let name = image.split('@').next().unwrap_or_default();
        name.rfind('/').map_or(0, |at| at + 1)
    };
    images.iter().map(|one| (&*one.container, &one.image[essential(&one.image)..])).collect()
}

/// The tag of an image, or the beginning of its digest; how many containers there are besides.
fn tag(image: &str, containers: usize) -> String {
    let (name, digest) = image.split_once('@').unwrap_or((image, ""));
    let tag = match (name.split_once(':'), digest.rsplit(':').next()) {
        (Some((_, tag)), _) => tag.to_owned(),
        (None, Some(digest)) if !digest.is_empty() => {
            format!("@{}", digest.chars().take(8).collect::<String>())
        }
        (None, _) if image.is_empty() => String::new(),
        // The server takes this one.
        (None, _) => "latest".to_owned(),
    };
    if containers > 1 { format!("{tag} +{}", containers - 1) } else { tag }
}

#[cfg(test)]
mod tests;
