//! How traffic gets to pods: services, endpoints, ingresses, network policies.

use serde_json::Value;

use super::Material;
use super::common::{annotations, at, at_or, has, head, joined, map, optional, or, pairs};
use super::sheet::Sheet;
use crate::model::column::Tone;
use crate::model::resource::Resource;
use crate::release::json::{items, name, number, text, texts};

/// So many endpoints are named.
const NAMED: usize = 3;

/// The ready endpoints of a port of a service, as kubectl counts them.
fn endpoints<'a>(slices: impl Iterator<Item = &'a Value>, port: &str) -> String {
    let mut all: Vec<String> = Vec::new();
    for slice in slices {
        let ready = |endpoint: &&Value| endpoint.pointer("/conditions/ready") != Some(&Value::Bool(false));
        let ready: Vec<&Value> = items(slice, "/endpoints").iter().filter(ready).collect();
        let ports = items(slice, "/ports");
        if ports.is_empty() {
            all.extend(
                ready.iter().flat_map(|endpoint| items(endpoint, "/addresses")).map(super::common::word),
            );
        }
        for one in ports.iter().filter(|one| text(one, "/name") == port) {
            for endpoint in &ready {
                let address = at(endpoint, "/addresses/0");
                let address = if address.contains(':') { format!("[{address}]") } else { address };
                all.push(format!("{address}:{}", number(one, "/port").unwrap_or_default()));
            }
        }
    }
    let named = all.iter().take(NAMED).cloned().collect::<Vec<_>>().join(",");
    match all.len() {
        more if more > NAMED => format!("{named} + {} more...", more - NAMED),
        _ => named,
    }
}

/// A service.
pub fn service(sheet: &mut Sheet, material: &Material) {
    let object = &material.object;
    let spec = &object["spec"];
    head(sheet, object);
    sheet.put(0, format!("Selector:\t{}", pairs(&texts(spec, "/selector"))));
    sheet.put(0, format!("Type:\t{}", at(spec, "/type")));
    optional(sheet, "IP Family Policy", spec, "/ipFamilyPolicy");
    sheet.put(0, format!("IP Families:\t{}", or(joined(spec, "/ipFamilies", ","), "<none>")));
    sheet.put(0, format!("IP:\t{}", at(spec, "/clusterIP")));
    sheet.put(0, format!("IPs:\t{}", or(joined(spec, "/clusterIPs", ","), "<none>")));
    if !items(spec, "/externalIPs").is_empty() {
        sheet.put(0, format!("External IPs:\t{}", joined(spec, "/externalIPs", ",")));
    }
    optional(sheet, "Desired LoadBalancer IP", spec, "/loadBalancerIP");
    optional(sheet, "External Name", spec, "/externalName");
    let balancer = ingress_points(&object["status"]);
    if !balancer.is_empty() {
        sheet.put(0, format!("LoadBalancer Ingress:\t{balancer}"));
    }
    for port in items(spec, "/ports") {
        let (name, protocol) = (at_or(port, "/name", "<unset>"), at_or(port, "/protocol", "TCP"));
        sheet.put(0, format!("Port:\t{name}\t{}/{protocol}", at(port, "/port")));
        sheet.put(0, format!("TargetPort:\t{}/{protocol}", at(port, "/targetPort")));
        if number(port, "/nodePort").is_some_and(|port| port != 0) {
            sheet.put(0, format!("NodePort:\t{name}\t{}/{protocol}", at(port, "/nodePort")));
        }
        if let Some(trouble) = material.trouble(&Resource::ENDPOINT_SLICES) {
            sheet.toned(0, format!("Endpoints:\tnot known: {trouble}"), Tone::Warn);
            continue;
        }
        let slices = material.of(&Resource::ENDPOINT_SLICES);
        let ready = endpoints(slices.iter(), text(port, "/name"));
        let none = ready.is_empty();
        let words = if slices.is_empty() { "<none>" } else { "" };
        sheet.toned(
            0,
            format!("Endpoints:\t{}", or(ready, words)),
            if none { Tone::Warn } else { Tone::Plain },
        );
        if none && !slices.is_empty() {
            sheet.note("none is ready");
        }
    }
    sheet.put(0, format!("Session Affinity:\t{}", at_or(spec, "/sessionAffinity", "None")));
    optional(sheet, "External Traffic Policy", spec, "/externalTrafficPolicy");
    optional(sheet, "Internal Traffic Policy", spec, "/internalTrafficPolicy");
    optional(sheet, "Traffic Distribution", spec, "/trafficDistribution");
    if number(spec, "/healthCheckNodePort").is_some_and(|port| port != 0) {
        optional(sheet, "HealthCheck NodePort", spec, "/healthCheckNodePort");
    }
    if !items(spec, "/loadBalancerSourceRanges").is_empty() {
        sheet.put(
            0,
            format!("LoadBalancer Source Ranges:\t{}", joined(spec, "/loadBalancerSourceRanges", ",")),
        );
    }
}

/// Where a load balancer is reached.
fn ingress_points(status: &Value) -> String {
    let point = |one: &Value| match text(one, "/ip") {
        "" => text(one, "/hostname").to_owned(),
        ip => match text(one, "/ipMode") {
            "" => ip.to_owned(),
            mode => format!("{ip} ({mode})"),
        },
    };
    items(status, "/loadBalancer/ingress").iter().map(point).collect::<Vec<_>>().join(",")
}

/// An ingress.
pub fn ingress(sheet: &mut Sheet, material: &Material) {
    let object = &material.object;
    let spec = &object["spec"];
    sheet.put(0, format!("Name:\t{}", name(object)));
    map(sheet, "Labels", object, "/metadata/labels");
    sheet.put(0, format!("Namespace:\t{}", text(object, "/metadata/namespace")));
    let address = |one: &Value| at_or(one, "/ip", text(one, "/hostname"));
    let addresses: Vec<String> = items(object, "/status/loadBalancer/ingress").iter().map(address).collect();
    sheet.put(0, format!("Address:\t{}", addresses.join(",")));
    sheet.put(0, format!("Ingress Class:\t{}", at_or(spec, "/ingressClassName", "<none>")));
    let default = match spec.get("defaultBackend") {
        Some(backend) => self::backend(material, backend).0,
        None => "<default>".to_owned(),
    };
    sheet.put(0, format!("Default backend:\t{default}"));
    let tls = items(spec, "/tls");
    if !tls.is_empty() {
        sheet.put(0, "TLS:");
    }
    for one in tls {
        let hosts = joined(one, "/hosts", ",");
        match text(one, "/secretName") {
            "" => sheet.put(1, format!("SNI routes {hosts}")),
            secret => sheet.put(1, format!("{secret} terminates {hosts}")),
        }
    }
    sheet.put(0, "Rules:");
    sheet.put(1, "Host\tPath\tBackends");
    sheet.put(1, "----\t----\t--------");
    let rules: Vec<&Value> = items(spec, "/rules").iter().filter(|rule| has(rule, "/http")).collect();
    for rule in &rules {
        sheet.put(1, format!("{}\t", at_or(rule, "/host", "*")));
        for path in items(rule, "/http/paths") {
            let (words, leads) = self::backend(material, &path["backend"]);
            let tone = if leads { Tone::Plain } else { Tone::Warn };
            sheet.toned(2, format!("\t{} \t{words}", text(path, "/path")), tone);
            if !leads {
                sheet.note("leads nowhere");
            }
        }
    }
    if rules.is_empty() {
        sheet.put(1, format!("*\t*\t{default}"));
    }
    annotations(sheet, "Annotations", object, "/metadata/annotations");
}

/// A backend with its ready endpoints, and whether it leads to any.
fn backend(material: &Material, backend: &Value) -> (String, bool) {
    if has(backend, "/resource") {
        let of = &backend["resource"];
        let (group, kind, name) = (at_or(of, "/apiGroup", "<nil>"), text(of, "/kind"), text(of, "/name"));
        return (format!("APIGroup: {group}, Kind: {kind}, Name: {name}"), true);
    }
    let (name, port) = (text(backend, "/service/name"), &backend["service"]["port"]);
    let shown = at_or(port, "/name", &at(port, "/number"));
    let shown = format!("{name}:{shown}");
    if material.trouble(&Resource::SERVICES).or(material.trouble(&Resource::ENDPOINT_SLICES)).is_some() {
        return (format!("{shown} (not known)"), true);
    }
    let services = material.of(&Resource::SERVICES);
    let Some(service) = services.iter().find(|service| self::name(service) == name) else {
        return (format!("{shown} (<error: services {name:?} not found>)"), false);
    };
    let own = |one: &&Value| match text(port, "/name") {
        "" => one["port"] == port["number"],
        named => text(one, "/name") == named,
    };
    let port = items(service, "/spec/ports").iter().find(own).map_or("", |port| text(port, "/name"));
    let of = |slice: &&Value| {
        slice.pointer("/metadata/labels").and_then(|labels| labels["kubernetes.io/service-name"].as_str())
            == Some(name)
    };
    let ready = endpoints(material.of(&Resource::ENDPOINT_SLICES).iter().filter(of), port);
    let leads = !ready.is_empty();
    (format!("{shown} ({ready})"), leads)
}

/// An endpoint slice.
pub fn endpoint_slice(sheet: &mut Sheet, object: &Value) {
    head(sheet, object);
    sheet.put(0, format!("AddressType:\t{}", at(object, "/addressType")));
    let ports = items(object, "/ports");
    if ports.is_empty() {
        sheet.put(0, "Ports: <unset>");
    } else {
        sheet.put(0, "Ports:");
        port_table(sheet, 1, ports);
    }
    let endpoints = items(object, "/endpoints");
    if endpoints.is_empty() {
        return sheet.put(0, "Endpoints: <none>");
    }
    sheet.put(0, "Endpoints:");
    for one in endpoints {
        sheet.put(1, format!("- Addresses:\t{}", joined(one, "/addresses", ", ")));
        sheet.put(2, "Conditions:");
        let ready = at_or(one, "/conditions/ready", "<unset>");
        let tone = if ready == "false" { Tone::Warn } else { Tone::Plain };
        sheet.toned(3, format!("Ready:\t{ready}"), tone);
        sheet.put(2, format!("Hostname:\t{}", at_or(one, "/hostname", "<unset>")));
        if has(one, "/targetRef") {
            let (kind, name) = (text(one, "/targetRef/kind"), text(one, "/targetRef/name"));
            sheet.put(2, format!("TargetRef:\t{kind}/{name}"));
        }
        sheet.put(2, format!("NodeName:\t{}", at_or(one, "/nodeName", "<unset>")));
        sheet.put(2, format!("Zone:\t{}", at_or(one, "/zone", "<unset>")));
    }
}

fn port_table(sheet: &mut Sheet, level: usize, ports: &[Value]) {
    sheet.put(level, "Name\tPort\tProtocol");
    sheet.put(level, "----\t----\t--------");
    for port in ports {
        let (name, number) = (at_or(port, "/name", "<unset>"), at(port, "/port"));
        sheet.put(level, format!("{name}\t{number}\t{}", at_or(port, "/protocol", "TCP")));
    }
}

/// Endpoints of the old kind.
pub fn endpoints_object(sheet: &mut Sheet, object: &Value) {
    head(sheet, object);
    sheet.put(0, "Subsets:");
    for subset in items(object, "/subsets") {
        for (title, pointer) in [("Addresses", "/addresses"), ("NotReadyAddresses", "/notReadyAddresses")] {
            let all = items(subset, pointer).iter().map(|one| text(one, "/ip")).collect::<Vec<_>>().join(",");
            sheet.put(1, format!("{title}:\t{}", or(all, "<none>")));
        }
        let ports = items(subset, "/ports");
        if ports.is_empty() {
            sheet.put(1, "Ports:\t<unset>");
        } else {
            sheet.put(1, "Ports:");
            port_table(sheet, 2, ports);
        }
        sheet.put(0, "");
    }
}

/// An ingress class.
pub fn ingress_class(sheet: &mut Sheet, object: &Value) {
    sheet.put(0, format!("Name:\t{}", name(object)));
    super::common::tags(sheet, object);
    sheet.put(0, format!("Controller:\t{}", at(object, "/spec/controller")));
    if has(object, "/spec/parameters") {
        sheet.put(0, "Parameters:");
        for (title, field) in [("APIGroup", "/apiGroup"), ("Kind", "/kind"), ("Name", "/name")] {
            optional(sheet, &format!("  {title}"), &object["spec"]["parameters"], field);
        }
    }
}
