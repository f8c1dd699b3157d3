//! What pods are configured with: ConfigMaps, Secrets (never their values), service accounts, priority classes.

use serde_json::Value;

use super::common::{annotations, at, at_or, head, list, optional};
use super::sheet::Sheet;
use crate::release::json::{items, name, text, texts};

/// A ConfigMap: its keys and values.
pub fn config_map(sheet: &mut Sheet, object: &Value) {
    head(sheet, object);
    sheet.put(0, "");
    sheet.put(0, "Data");
    sheet.put(0, "====");
    for (key, value) in texts(object, "/data") {
        sheet.put(0, format!("{key}:"));
        sheet.put(0, "----");
        sheet.put(0, value.replace('\t', "    "));
        sheet.put(0, "");
    }
    sheet.put(0, "");
    sheet.put(0, "BinaryData");
    sheet.put(0, "====");
    for (key, value) in texts(object, "/binaryData") {
        sheet.put(0, format!("{key}: {} bytes", crate::model::secret::decoded_len(&value)));
    }
    sheet.put(0, "");
}

/// A Secret: its keys and the sizes of its values.
pub fn secret(sheet: &mut Sheet, object: &Value) {
    head(sheet, object);
    sheet.put(0, "");
    sheet.put(0, format!("Type:  {}", at(object, "/type")));
    sheet.put(0, "");
    sheet.put(0, "Data");
    sheet.put(0, "====");
    for (key, bytes) in object["data"].as_object().into_iter().flatten() {
        // What came in as anything but a size is not shown.
        let bytes = bytes.as_u64().map_or_else(|| "?".to_owned(), |bytes| bytes.to_string());
        sheet.put(0, format!("{key}:\t{bytes} bytes"));
    }
}

/// A service account.
pub fn service_account(sheet: &mut Sheet, object: &Value) {
    head(sheet, object);
    let named = |pointer: &str| {
        items(object, pointer).iter().map(|one| text(one, "/name").to_owned()).collect::<Vec<_>>()
    };
    list(sheet, "Image pull secrets", &named("/imagePullSecrets"));
    list(sheet, "Mountable secrets", &named("/secrets"));
    list(sheet, "Tokens", &[]);
}

/// A priority class.
pub fn priority_class(sheet: &mut Sheet, object: &Value) {
    sheet.put(0, format!("Name:\t{}", name(object)));
    sheet.put(0, format!("Value:\t{}", at(object, "/value")));
    sheet.put(0, format!("GlobalDefault:\t{}", at_or(object, "/globalDefault", "false")));
    optional(sheet, "PreemptionPolicy", object, "/preemptionPolicy");
    sheet.put(0, format!("Description:\t{}", at(object, "/description")));
    annotations(sheet, "Annotations", object, "/metadata/annotations");
}
