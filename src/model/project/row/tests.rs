//! Tables as a real server sent them.

use super::*;
use crate::model::project::Projector;
use crate::model::record::Kind;

fn kind(resource: Resource) -> Kind {
    Kind::Other(Box::leak(Box::new(resource)))
}

fn widgets() -> Kind {
    kind(Resource {
        group: "example.com".into(),
        version: "v1".into(),
        plural: "widgets".into(),
        kind: "Widget".into(),
        namespaced: true,
    })
}

fn read(kind: Kind, body: &[u8]) -> (ListMeta, Vec<Row>, Vec<Definition>) {
    let mut projector = Projector::new(kind);
    let mut rows = Vec::new();
    let meta = projector
        .list(body, &mut |record| match record {
            Record::Row(row) => rows.push(*row),
            other => panic!("{other:?}"),
        })
        .unwrap();
    let columns = projector.new_columns().map(|columns| columns.to_vec()).unwrap_or_default();
    (meta, rows, columns)
}

#[test]
fn a_custom_resource_as_the_server_prints_it() {
    let (meta, rows, columns) =
        read(widgets(), include_bytes!("../../../../tests/data/real-api/table-widgets.json"));
    assert_eq!((meta.version.as_str(), meta.remaining), ("33883", Some(27)));
    let names: Vec<&str> = columns.iter().map(|column| &*column.name).collect();
    assert_eq!(names, ["Name", "Size", "Colour", "Phase", "Age"]);
    let first = &rows[0];
    assert_eq!((&*first.meta.name, &*first.meta.namespace), ("widget-0", "team-01"));
    assert_eq!(first.cells.len(), 5);
    assert!(first.meta.created > 0 && !first.meta.uid.to_string().is_empty());
}

#[test]
fn every_recorded_table_has_a_cell_for_each_column() {
    for (body, plural) in [
        (&include_bytes!("../../../../tests/data/real-api/tables/configmaps.json")[..], "configmaps"),
        (include_bytes!("../../../../tests/data/real-api/tables/cronjobs.json"), "cronjobs"),
        (include_bytes!("../../../../tests/data/real-api/tables/crds.json"), "customresourcedefinitions"),
        (include_bytes!("../../../../tests/data/real-api/tables/hpa.json"), "horizontalpodautoscalers"),
        (include_bytes!("../../../../tests/data/real-api/tables/ingresses.json"), "ingresses"),
        (include_bytes!("../../../../tests/data/real-api/tables/jobs.json"), "jobs"),
    ] {
        let mut resource = Resource::CONFIG_MAPS;
        resource.plural = plural.into();
        let (meta, rows, columns) = read(kind(resource), body);
        assert_eq!(meta.skipped, 0, "{plural}");
        assert!(!rows.is_empty() && columns.len() > 1, "{plural}");
        assert!(rows.iter().all(|row| row.cells.len() == columns.len()), "{plural}");
        assert!(rows.iter().all(|row| *row.cells[0] == *row.meta.name), "{plural}");
    }
}

#[test]
fn a_watch_says_its_columns_once() {
    let mut projector = Projector::new(widgets());
    let text = include_str!("../../../../tests/data/real-api/watch-deployments-table.jsonl");
    let (mut rows, mut columns) = (Vec::new(), 0);
    for line in text.lines() {
        match projector.watch_line(line.as_bytes()).unwrap().what {
            WatchChange::Upsert(Record::Row(row)) => rows.push(row),
            other => panic!("{other:?}"),
        }
        columns += usize::from(projector.new_columns().is_some());
    }
    assert_eq!(columns, 1);
    let images: Vec<&str> = rows.iter().map(|row| &*row.cells[6]).collect();
    assert!(images.starts_with(&["web:v1"]) && images.ends_with(&["web:v2"]), "{images:?}");
}

#[test]
fn a_server_without_tables_gives_names() {
    let body = br#"{"kind":"WidgetList","apiVersion":"example.com/v1","metadata":{"resourceVersion":"7"},
        "items":[{"metadata":{"name":"a","namespace":"n","uid":"u"},"spec":{"size":3}},{"spec":{}}]}"#;
    let (meta, rows, columns) = read(widgets(), body);
    assert_eq!((meta.version.as_str(), meta.skipped, rows.len(), columns.len()), ("7", 1, 1, 0));
    assert_eq!((&*rows[0].meta.name, rows[0].cells.len()), ("a", 0));
}

#[test]
fn odd_lines_are_said() {
    let mut projector = Projector::new(widgets());
    for line in
        ["", "{}", r#"{"type":"ADDED","object":{}}"#, r#"{"type":"ADDED","object":{"rows":[{"cells":[]}]}}"#]
    {
        assert!(projector.watch_line(line.as_bytes()).is_err(), "{line}");
    }
    let gone =
        r#"{"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired","message":"too old"}}"#;
    let gone = projector.watch_line(gone.as_bytes()).unwrap();
    assert!(matches!(gone.what, WatchChange::Error { code: 410, .. }));
}
