//! A block that quotes a file stands there, line for line.

use std::fs;

use crate::{is_ours, page::Page};

/// Stands for lines that are left out; in TOML, `# ...` does.
const LEFT_OUT: &str = "// ...";

#[test]
fn every_quotation_stands_in_its_file() {
    for page in Page::all() {
        for (info, text) in page.blocks() {
            let Some(file) = info.iter().find_map(|word| word.strip_prefix("source=")) else { continue };
            let path = page.folder().join(file);
            assert!(is_ours(&path), "{} quotes {file}, which is not of this project", page.name);
            let language = match file.rsplit('.').next() {
                Some("js") => "js",
                Some("py") => "python",
                Some("toml") => "toml",
                _ => "rust",
            };
            let mixed = file.ends_with("examples/article.rs"); // a program, and its page
            assert!(mixed || info[0] == language, "{} quotes {file} as {}", page.name, info[0]);
            let source = fs::read_to_string(path);
            let source = source.unwrap_or_else(|error| panic!("{} quotes {file}: {error}", page.name));

            let lost = missing(&text.replace("# ...", LEFT_OUT), &source);

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
    if !lines.iter().any(|line| line.trim().len() > 10) {
        return Some(quotation.to_owned()); // that stands anywhere
    }
    for (number, piece) in lines.split(|line| line.trim() == LEFT_OUT).filter(|piece| !piece.is_empty()).enumerate() {
        match rest.windows(piece.len()).position(|lines| lines == piece) {
            Some(0) if number > 0 => return Some(format!("nothing is left out before {}", piece[0])),
            Some(at) => drop(rest.drain(..at + piece.len())),
            None => return Some(piece.join("\n")),
        }
    }
    None
}

#[test]
fn a_quotation_that_is_not_there_is_found() {
    let source = "let one = 1;\n  two\nthree\nfour\n";

    assert_eq!(missing("let one = 1;\n  // ...\nfour\n", source), None);
    for wrong in [
        "let one = 1;\n// ...\n  two\n",
        "  let one = 1;\n",
        "let one = 1;\nthree\n",
        "four\n// ...\nlet one = 1;\n",
        "let one = 1;\n\n  two\n",
        "// ...\n",
        "  // ...\n\n",
        "",
    ] {
        assert!(missing(wrong, source).is_some(), "{wrong:?}");
    }
}
