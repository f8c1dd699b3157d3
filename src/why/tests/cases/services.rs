//! Services and ingresses.

use serde_json::json;

use super::*;

/// The rows.
pub(super) fn rows() -> Vec<Case> {
    let s = ("Service", "web");
    let i = ("Ingress", "site");
    let good = || {
        container(
            pod("web-1", "web-a", runs()),
            &json!({}),
            &json!({"ports": [{"name": "http", "containerPort": 80}]}),
        )
    };
    let bad =
        || pod("web-1", "web-a", json!({"waiting": {"reason": "ImagePullBackOff", "message": "not found"}}));
    vec![
        case(
            "well",
            &[service(json!({"app": "web"}), json!("http")), slice("web", &[("web-1", true)]), good()],
            s,
            "nothing is wrong with service web, as far as was looked",
            &[],
        ),
        case(
            "selects nothing",
            &[service(json!({"app": "web", "release": "current"}), json!(80)), pod("web-1", "web-a", runs())],
            s,
            "service web has no ready endpoints because its selector app=web,release=current matches no pod",
            &[" Pod web-1: 1 pod with app=web; this one has no label release"],
        ),
        case(
            "nothing is ready",
            &[service(json!({"app": "web"}), json!(80)), slice("web", &[("web-1", false)]), bad()],
            s,
            "service web has no ready endpoints because image web:1 does not exist (the registry says: not found)",
            &["app=web selects 1 pod, 0 ready"],
        ),
        case(
            "a port that no container has",
            &[service(json!({"app": "web"}), json!("grpc")), slice("web", &[("web-1", true)]), good()],
            s,
            "service web has a port that leads nowhere because port 80 goes to `grpc`, and no container of its pods has a port of that name",
            &[" Pod web-1: its containers name http"],
        ),
        case(
            "no selector",
            &[object("v1", "Service", "web", &json!({"spec": {}}))],
            s,
            "nothing is wrong with service web, as far as was looked",
            &["it has no selector"],
        ),
        case(
            "ingress",
            &[
                ingress("web", 80),
                service(json!({"app": "web"}), json!(80)),
                slice("web", &[("web-1", true)]),
                good(),
            ],
            i,
            "nothing is wrong with ingress site, as far as was looked",
            &["Service web: shop.example/a leads there: it is well"],
        ),
        case(
            "ingress to nothing",
            &[ingress("shop", 80)],
            i,
            "ingress site leads nowhere by 1 of 1 way because shop.example/a leads to service shop, which does not exist",
            &["Service shop: is missing"],
        ),
        case(
            "ingress to a port that is not there",
            &[
                ingress("web", 81),
                service(json!({"app": "web"}), json!(80)),
                slice("web", &[("web-1", true)]),
                good(),
            ],
            i,
            "ingress site leads nowhere by 1 of 1 way because shop.example/a leads to port 81 of service web, which has no such port",
            &[],
        ),
        case(
            "ingress to pods that are not ready",
            &[
                ingress("web", 80),
                service(json!({"app": "web"}), json!(80)),
                slice("web", &[("web-1", false)]),
                bad(),
            ],
            i,
            "ingress site leads nowhere by 1 of 1 way because service web, where shop.example/a leads, has no ready endpoints because image web:1 does not exist (the registry says: not found)",
            &["  Pod web-1: ImagePullBackOff"],
        ),
        case(
            "ingress without its certificate",
            &[
                with(ingress("web", 80), &json!({"spec": {"tls": [{"secretName": "cert"}]}})),
                service(json!({"app": "web"}), json!(80)),
                slice("web", &[("web-1", true)]),
                good(),
            ],
            i,
            "ingress site works in part because Secret cert, where its certificate should be, does not exist",
            &[],
        ),
    ]
}
