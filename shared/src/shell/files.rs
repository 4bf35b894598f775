//! The files of the pages.

use std::{
    fs,
    hash::{DefaultHasher, Hasher as _},
    io,
    path::{Component, Path, PathBuf},
};

use actix_files::{HttpRange, file_extension_to_mime};
use actix_web::{
    HttpMessage as _, HttpRequest, HttpResponse, Resource,
    http::{
        StatusCode,
        header::{self, EntityTag, IfMatch, IfNoneMatch, IfRange},
    },
    web::{self, Bytes},
};

use super::guard::is_head;
use crate::Problem;

/// How long a client should wait when a file cannot be opened, in seconds.
const RETRY: u32 = 1;

/// The files of a folder, below this path. They are small: each is read at once, so that its answer is whole also where the
/// client has closed its half of the connection.
pub fn files(path: &str, folder: PathBuf) -> Resource {
    let get = move |request: HttpRequest, name: web::Path<String>| {
        let answer = answer(&request, &folder, &name);
        async move { answer }
    };

    web::resource(format!("{path}/{{name:.*}}")).route(web::get().to(get))
}

fn answer(request: &HttpRequest, folder: &Path, name: &str) -> Result<HttpResponse, Problem> {
    let path = folder.join(plain(name).ok_or_else(not_here)?);
    let content: Bytes = fs::read(&path).map_err(|error| unread(&path, &error))?.into();
    let tag = tag(&content);
    let mut response = match condition(request, &tag) {
        StatusCode::OK => whole_or_part(request, &tag, content),
        failed => HttpResponse::new(failed),
    };
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    let headers = response.headers_mut();
    if let Ok(tag) = tag.to_string().parse() {
        headers.insert(header::ETAG, tag);
    }
    if let Ok(kind) = file_extension_to_mime(extension).as_ref().parse() {
        headers.insert(header::CONTENT_TYPE, kind);
    }

    Ok(response)
}

/// A path that leads down, and to nothing hidden.
fn plain(name: &str) -> Option<&Path> {
    let goes_down = |part: Component<'_>| match part {
        Component::Normal(name) => !name.as_encoded_bytes().starts_with(b"."),
        _ => false,
    };

    Some(Path::new(name)).filter(|path| path.components().all(goes_down))
}

fn not_here() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "no such file: the page is at /")
}

/// What is not there is one thing; what is there and cannot be read, as where the system has no more descriptors, another.
fn unread(path: &Path, error: &io::Error) -> Problem {
    use io::ErrorKind::{InvalidFilename, InvalidInput, IsADirectory, NotADirectory, NotFound};
    match error.kind() {
        NotFound | NotADirectory | IsADirectory | InvalidFilename | InvalidInput => not_here(),
        _ if path.is_dir() => not_here(), // Windows says no more
        _ => {
            tracing::warn!(%error, path = %path.display(), "a file cannot be read");
            Problem::unavailable("the file cannot be read now: try again in a second", RETRY)
        }
    }
}

/// Made of the content alone, so that servers on several machines agree.
fn tag(content: &[u8]) -> EntityTag {
    let mut hasher = DefaultHasher::new();
    hasher.write(content);

    EntityTag::new_strong(format!("{:016x}", hasher.finish()))
}

/// 412 or 304 where the request has a condition that says so (RFC 9110 §13.2.2).
fn condition(request: &HttpRequest, tag: &EntityTag) -> StatusCode {
    match request.get_header() {
        Some(IfMatch::Items(tags)) if !tags.iter().any(|one| one.strong_eq(tag)) => {
            return StatusCode::PRECONDITION_FAILED;
        }
        _ => {}
    }
    match request.get_header() {
        Some(IfNoneMatch::Any) => StatusCode::NOT_MODIFIED,
        Some(IfNoneMatch::Items(tags)) if tags.iter().any(|one| one.weak_eq(tag)) => StatusCode::NOT_MODIFIED,
        _ => StatusCode::OK,
    }
}

/// The content, or the one part of it that is asked for (RFC 9110 §14.2).
fn whole_or_part(request: &HttpRequest, tag: &EntityTag, content: Bytes) -> HttpResponse {
    let length = content.len();
    let mut response = HttpResponse::Ok();
    response.insert_header((header::ACCEPT_RANGES, "bytes"));
    let ranges = range(request, tag).map(|range| HttpRange::parse(range, length as u64));
    match ranges.as_ref().map(Result::as_deref) {
        Some(Ok([range])) => {
            let (first, after) = (range.start, range.start + range.length);
            let part = usize::try_from(first).ok().zip(usize::try_from(after).ok());
            let part = part.map_or_else(Bytes::new, |(first, after)| content.slice(first..after));
            let told = format!("bytes {first}-{}/{length}", after - 1);
            response.status(StatusCode::PARTIAL_CONTENT).insert_header((header::CONTENT_RANGE, told)).body(part)
        }
        Some(Err(_)) => response
            .status(StatusCode::RANGE_NOT_SATISFIABLE)
            .insert_header((header::CONTENT_RANGE, format!("bytes */{length}")))
            .finish(),
        Some(Ok(_)) | None => response.body(content), // of several parts none is worth the trouble
    }
}

/// A `Range` in bytes that counts: of a GET, and of this very content.
fn range<'a>(request: &'a HttpRequest, tag: &EntityTag) -> Option<&'a str> {
    let same = match request.get_header() {
        Some(IfRange::EntityTag(one)) => one.strong_eq(tag),
        Some(IfRange::Date(_)) => false, // none was told
        None => !request.headers().contains_key(header::IF_RANGE),
    };
    let range = request.headers().get(header::RANGE)?.to_str().ok()?;
    let (unit, _) = range.split_once('=')?;

    (same && !is_head(request) && unit.eq_ignore_ascii_case("bytes")).then_some(range)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_leads_down_and_to_nothing_hidden() {
        for good in ["client.js", "vendor/uplot/uPlot.esm.js", ""] {
            assert_eq!(plain(good), Some(Path::new(good)));
        }
        for bad in ["..", "../Cargo.toml", "a/../../b", "/etc/passwd", ".git/config", "a/.env"] {
            assert_eq!(plain(bad), None, "{bad}");
        }
    }

    #[test]
    fn not_there_is_one_thing_and_cannot_be_read_another() {
        let status = |error: io::Error| {
            use actix_web::ResponseError as _;
            unread(Path::new("/nowhere/client.js"), &error).status_code()
        };

        assert_eq!(status(io::ErrorKind::NotFound.into()), 404);
        assert_eq!(status(fs::read("with a \0").expect_err("no such name")), 404);
        assert_eq!(status(io::ErrorKind::PermissionDenied.into()), 503);
        assert_eq!(status(io::Error::from_raw_os_error(24)), 503, "no more descriptors (EMFILE)");
    }

    #[test]
    fn the_tag_is_that_of_the_content() {
        assert_eq!(tag(b"one"), tag(b"one"));
        assert_ne!(tag(b"one"), tag(b"two"));
    }
}
