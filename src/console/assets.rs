//! Style, script and icon: embedded, and named after their content so that a browser may keep them for good.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::{Uri, header};
use axum::response::{IntoResponse, Response};
use sha2::{Digest as _, Sha256};

use crate::api::error::ApiError;

/// A file that pages link to.
#[derive(Debug)]
struct Asset {
    name: String,
    content_type: &'static str,
    content: &'static str,
}

impl Asset {
    fn new(stem: &str, extension: &str, content_type: &'static str, content: &'static str) -> Self {
        let digest = Sha256::digest(content);
        let version: String = digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
        Self {
            name: format!("{stem}-{version}.{extension}"),
            content_type,
            content,
        }
    }

    fn path(&self) -> String {
        format!("/assets/{}", self.name)
    }
}

static STYLE: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new(
        "console",
        "css",
        "text/css; charset=utf-8",
        include_str!("assets/console.css"),
    )
});
static SCRIPT: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new(
        "console",
        "js",
        "text/javascript; charset=utf-8",
        include_str!("assets/console.js"),
    )
});
static ICON: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("icon", "svg", "image/svg+xml", include_str!("assets/icon.svg")));

/// Where the files are.
#[derive(Clone, Debug)]
pub(super) struct Assets {
    /// The style sheet.
    pub(super) style: String,
    /// The script.
    pub(super) script: String,
    /// The icon.
    pub(super) icon: String,
}

impl Assets {
    /// The paths of this version.
    pub(super) fn paths() -> Self {
        Self {
            style: STYLE.path(),
            script: SCRIPT.path(),
            icon: ICON.path(),
        }
    }
}

/// `GET /assets/{name}`.
pub(super) async fn serve(Path(name): Path<String>, uri: Uri) -> Result<Response, ApiError> {
    let asset = [&*STYLE, &*SCRIPT, &*ICON]
        .into_iter()
        .find(|asset| asset.name == name);
    let asset = asset.ok_or_else(|| ApiError::unknown_path(uri.path()))?;
    let headers = [
        (header::CONTENT_TYPE, asset.content_type),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    Ok((headers, asset.content).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_content_has_another_name() {
        let named = |content| Asset::new("a", "css", "text/css", content).name;
        assert_eq!(named("one"), named("one"));
        assert_ne!(named("one"), named("two"));
    }

    #[test]
    fn nothing_is_loaded_from_elsewhere() {
        for asset in [&*STYLE, &*SCRIPT, &*ICON] {
            let foreign = asset.content.replace("http://www.w3.org/2000/svg", "");
            assert!(
                !foreign.contains("//") || !foreign.contains("http"),
                "{}",
                asset.name
            );
        }
    }
}
