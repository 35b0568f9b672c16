//! Seeds, in the place of the tenant's state.

use axum::http::{Request, header};
use serde_json::Value;

use super::door;

/// A seed is planted, and what is written down then is a seed of the same tenant; or it is refused with the places
/// that are wrong, and nothing changes. A check says the same.
pub fn holds(input: &[u8]) {
    door::with(|door| {
        let send = |request: axum::http::request::Builder| {
            let request = request.header(header::CONTENT_TYPE, "application/json");
            door.send(request, input.to_vec()).unwrap()
        };
        let checked = send(Request::post("/_mock/seed/check"));
        assert_eq!(door.state(), *door.start(), "a check changes nothing");
        let planted = send(Request::put("/_mock/seed"));
        assert_eq!(
            planted.status,
            checked.status,
            "{}\n{}",
            planted.text(),
            checked.text()
        );
        if planted.status == 204 {
            return door.assert_whole();
        }
        assert_eq!(door.state(), *door.start(), "{}", planted.text());
        if let Ok(document) = serde_json::from_slice::<Value>(input) {
            for error in planted.json()["errors"].as_array().unwrap() {
                if let Some(pointer) = error["source"]["pointer"].as_str() {
                    assert_names_a_place(&document, pointer);
                }
            }
        }
    });
}

/// A pointer leads to a value of the document, or to a member that it ought to have.
fn assert_names_a_place(document: &Value, pointer: &str) {
    let parent = pointer.rsplit_once('/').map_or("", |(parent, _)| parent);
    let place = document.pointer(pointer).or_else(|| document.pointer(parent));
    assert!(place.is_some(), "`{pointer}` names nothing in {document}");
}
