//! Kinds of services and slices that were not recorded.

use crate::model::project::Projector;
use crate::model::record::{EndpointSlice, Kind, Record, Service};

fn service(json: &str) -> Service {
    match Projector::new(Kind::Service).object(json.as_bytes()).unwrap() {
        Record::Service(it) => *it,
        other => panic!("{other:?}"),
    }
}

#[test]
fn addresses_and_ports() {
    let lb = |ingress: &str, external: &str| {
        format!(
            r#"{{"spec":{{"type":"LoadBalancer","clusterIPs":["10.0.0.1","fd00::1"],"externalIPs":{external},"ports":[{{"port":80,"nodePort":30080,"protocol":"TCP"}}]}},"status":{{"loadBalancer":{{"ingress":{ingress}}}}}}}"#
        )
    };
    for (json, kind, cluster, external, ports) in [
        (
            r#"{"spec":{"type":"ClusterIP","clusterIP":"10.0.0.1","clusterIPs":["10.0.0.1"],"ports":[{"port":80},{"port":53,"protocol":"UDP"}]}}"#.to_owned(),
            "ClusterIP",
            "10.0.0.1",
            "<none>",
            "80/TCP,53/UDP",
        ),
        (r#"{"spec":{"clusterIP":"None"}}"#.to_owned(), "ClusterIP", "None", "<none>", "<none>"),
        (
            r#"{"spec":{"type":"NodePort","clusterIPs":["10.0.0.1"],"externalIPs":["1.1.1.1","2.2.2.2"],"ports":[{"port":80,"nodePort":30080,"protocol":"TCP"}]}}"#.to_owned(),
            "NodePort",
            "10.0.0.1",
            "1.1.1.1,2.2.2.2",
            "80:30080/TCP",
        ),
        (lb("null", "null"), "LoadBalancer", "10.0.0.1", "<pending>", "80:30080/TCP"),
        (
            lb(r#"[{"ip":"9.9.9.9"},{"hostname":"a.example"},{"ip":"1.2.3.4"},{"ip":"9.9.9.9"},{}]"#, r#"["8.8.8.8"]"#),
            "LoadBalancer",
            "10.0.0.1",
            "1.2.3.4,9.9.9.9,a.example,8.8.8.8",
            "80:30080/TCP",
        ),
        (
            r#"{"spec":{"type":"ExternalName","externalName":"db.example.com"}}"#.to_owned(),
            "ExternalName",
            "<none>",
            "db.example.com",
            "<none>",
        ),
        ("{}".to_owned(), "ClusterIP", "<none>", "<none>", "<none>"),
    ] {
        let it = service(&json);
        assert_eq!(
            (&*it.kind, &*it.cluster_ip, &*it.external_ip, &*it.ports),
            (kind, cluster, external, ports),
            "{json}"
        );
    }
}

fn slice(json: &str) -> EndpointSlice {
    match Projector::new(Kind::EndpointSlice).object(json.as_bytes()).unwrap() {
        Record::EndpointSlice(it) => *it,
        other => panic!("{other:?}"),
    }
}

#[test]
fn slices() {
    let it = slice(
        r#"{"metadata":{"labels":{"kubernetes.io/service-name":"web"}},"addressType":"IPv4",
            "ports":[{"port":80},{"name":"x"},{},{"port":3},{"port":4}],
            "endpoints":[{"addresses":["10.0.0.1","10.0.0.9"],"conditions":{"ready":true}},
                         {"addresses":["10.0.0.2"],"conditions":{"ready":false}},
                         {"addresses":["10.0.0.3"],"conditions":{}},{"addresses":["10.0.0.4"],"conditions":{"ready":null}}]}"#,
    );
    assert_eq!((&*it.service, it.ready, it.total), ("web", 3, 4));
    assert_eq!(&*it.ports, "80,x,* + 2 more...");
    assert_eq!(&*it.addresses, "10.0.0.1,10.0.0.9,10.0.0.2 + 2 more...");
    let none = slice(r#"{"endpoints":null,"ports":null}"#);
    assert_eq!((&*none.ports, &*none.addresses, none.total), ("<unset>", "<unset>", 0));
}
