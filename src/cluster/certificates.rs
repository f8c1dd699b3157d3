//! Reads when certificates end: of the Secrets of the type `kubernetes.io/tls` (asked for by that type, so that no other comes)
//! the first certificate of `tls.crt`. Nothing else of a Secret leaves this file; its key is not even decoded.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use serde::Deserialize;
use x509_cert::Certificate as X509;
use x509_cert::der::Decode;

use super::gather::asked_of;
use super::link::Line;
use super::read::{self, Shape, encode};
use crate::model::certificate::{Certificate, Ends};
use crate::model::resource::Resource;
use crate::model::text::clean;
use crate::model::trouble::{Trouble, TroubleKind};
use crate::model::uid::Uid;

/// Objects in one answer.
const PAGE: usize = 100;

/// What is read of a list of Secrets; all else is skipped by the parser.
#[derive(Deserialize)]
struct List<'a> {
    #[serde(borrow, default)]
    metadata: ListMeta<'a>,
    #[serde(borrow, default)]
    items: Vec<Secret<'a>>,
}

#[derive(Deserialize, Default)]
struct ListMeta<'a> {
    #[serde(borrow, default, rename = "continue")]
    next: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Secret<'a> {
    #[serde(borrow)]
    metadata: Meta<'a>,
    #[serde(borrow, default)]
    data: Option<Data<'a>>,
}

#[derive(Deserialize)]
struct Meta<'a> {
    #[serde(borrow, default)]
    namespace: Cow<'a, str>,
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(borrow, default)]
    uid: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Data<'a> {
    #[serde(borrow, default, rename = "tls.crt")]
    certificate: Cow<'a, str>,
}

/// When the certificates in these namespaces end; none named: everywhere.
pub(super) async fn certificates(mut line: Line, namespaces: &[String]) -> Result<Ends, Trouble> {
    let mut ends = Ends::default();
    if namespaces.is_empty() {
        read_in(&mut line, None, &mut ends).await?;
    }
    for namespace in namespaces {
        read_in(&mut line, Some(namespace), &mut ends).await?;
    }
    Ok(ends)
}

async fn read_in(line: &mut Line, namespace: Option<&str>, ends: &mut Ends) -> Result<(), Trouble> {
    let base = Resource::SECRETS.collection(namespace);
    let asked = asked_of(line, "list", &Resource::SECRETS, namespace.unwrap_or_default(), &base);
    let mut next = String::new();
    loop {
        let mut path = format!("{base}?fieldSelector={}&limit={PAGE}", encode("type=kubernetes.io/tls"));
        if !next.is_empty() {
            path = format!("{path}&continue={}", encode(&next));
        }
        let bytes = read::fetch(line, &path, &asked, Shape::Whole).await?;
        next = page(&bytes, ends)
            .map_err(|why| Trouble::new(TroubleKind::Protocol, why).trying(&asked.tried))?;
        if next.is_empty() {
            return Ok(());
        }
    }
}

/// Takes one page; answers with where the next one begins.
fn page(bytes: &[u8], ends: &mut Ends) -> Result<String, String> {
    // What the parser says of a place in the text might show some of it.
    let list: List<'_> = serde_json::from_slice(bytes).map_err(|_| "no list of Secrets".to_owned())?;
    for secret in list.items {
        let text = secret.data.map(|data| data.certificate).unwrap_or_default();
        match not_after(&text) {
            Some(at) => ends.all.push(Certificate {
                namespace: clean(&secret.metadata.namespace).into(),
                name: clean(&secret.metadata.name).into(),
                uid: Uid::new(&secret.metadata.uid),
                ends: at,
            }),
            None => ends.unreadable += 1,
        }
    }
    Ok(list.metadata.next.into_owned())
}

/// `notAfter` of the first certificate of a PEM text in base 64.
fn not_after(text: &str) -> Option<i64> {
    let pem = STANDARD.decode(text).ok()?;
    let der = CertificateDer::from_pem_slice(&pem).ok()?;
    let certificate = X509::from_der(&der).ok()?;
    let after = certificate.tbs_certificate().validity().not_after.to_unix_duration();
    i64::try_from(after.as_secs()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Self-signed by `openssl req -x509`: ends on 2026-12-03T03:00:00Z.
    const PEM: &str = include_str!("certificates/ends.pem");

    #[test]
    fn the_end_of_the_first_certificate_is_read_and_nothing_else() {
        let coded = |text: &str| STANDARD.encode(text);
        let list = serde_json::json!({"metadata": {"continue": "more"}, "items": [
            {"metadata": {"name": "web-tls", "namespace": "shop", "uid": "u"}, "type": "kubernetes.io/tls",
                "data": {"tls.crt": coded(PEM), "tls.key": "not even base 64"}},
            {"metadata": {"name": "chain", "namespace": "shop", "uid": "v"},
                "data": {"tls.crt": coded(&format!("{PEM}\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"))}},
            {"metadata": {"name": "odd", "namespace": "shop", "uid": "w"}, "data": {"tls.crt": coded("hello")}},
            {"metadata": {"name": "empty", "namespace": "shop", "uid": "x"}},
        ]});
        let mut ends = Ends::default();
        assert_eq!(page(list.to_string().as_bytes(), &mut ends), Ok("more".to_owned()));
        let read: Vec<(&str, i64)> = ends.all.iter().map(|it| (&*it.name, it.ends)).collect();
        assert_eq!(read, [("web-tls", 1_796_266_800), ("chain", 1_796_266_800)]);
        assert_eq!(ends.unreadable, 2);
    }

    #[test]
    fn what_is_no_list_is_refused_without_its_words() {
        let said =
            page(br#"{"items": [{"metadata": 3, "data": {"tls.key": "geheim"}}]}"#, &mut Ends::default());
        assert_eq!(said, Err("no list of Secrets".to_owned()));
    }
}
