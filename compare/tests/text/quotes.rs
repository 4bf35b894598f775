//! A block that quotes a file stands there, line for line.

use std::fs;

use crate::page::Page;

/// Stands for lines that are left out.
const LEFT_OUT: &str = "// ...";

#[test]
fn every_quotation_stands_in_its_file() {
    for page in Page::all() {
        for (info, text) in page.blocks() {
            let Some(file) = info.iter().find_map(|word| word.strip_prefix("source=")) else { continue };
            let source = fs::read_to_string(page.folder().join(file));
            let source = source.unwrap_or_else(|error| panic!("{} quotes {file}: {error}", page.name));

            let lost = missing(text, &source);

            assert_eq!(lost, None, "{} quotes {file}, which has no such lines", page.name);
        }
    }
}

/// The first piece that is not in the source, after the piece before it.
fn missing(quotation: &str, source: &str) -> Option<String> {
    let mut rest: Vec<&str> = source.lines().collect();
    let lines: Vec<&str> = quotation.lines().collect();
    if lines.iter().all(|line| line.trim() == LEFT_OUT || line.is_empty()) {
        return Some(quotation.to_owned());
    }
    for piece in lines.split(|line| line.trim() == LEFT_OUT).filter(|piece| !piece.is_empty()) {
        match rest.windows(piece.len()).position(|lines| lines == piece) {
            Some(at) => drop(rest.drain(..at + piece.len())),
            None => return Some(piece.join("\n")),
        }
    }
    None
}

#[test]
fn a_quotation_that_is_not_there_is_found() {
    let source = "one\n  two\nthree\nfour\n";

    assert_eq!(missing("one\n  // ...\nfour\n", source), None);
    for wrong in ["two\n", "one\nthree\n", "four\n// ...\none\n", "one\n\n  two\n", "// ...\n", "  // ...\n\n", ""] {
        assert!(missing(wrong, source).is_some(), "{wrong:?}");
    }
}
