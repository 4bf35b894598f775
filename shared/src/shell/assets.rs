//! Whether the files of a page are there, before anybody asks for them.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::options::Options;

/// What the page of each of the five names.
pub(crate) const OF_THE_FIVE: [&str; 3] = ["/shared/style.css", "/shared/page.js", "/assets/client.js"];

/// Reads these files of a page, and what they import.
///
/// # Errors
/// One line that says which cannot be read, and what to do.
pub fn check(options: &Options, name: &str, files: &[&str]) -> io::Result<()> {
    let mut needed: Vec<String> = files.iter().map(|&file| file.to_owned()).collect();
    let mut next = 0;

    while let Some(file) = needed.get(next).cloned() {
        next += 1;
        let path = path(options, name, &file);
        let script = fs::read_to_string(&path).map_err(|error| explained(&path, &error))?;
        for import in imports(&script).map(|import| resolve(&file, import)) {
            if !needed.contains(&import) {
                needed.push(import);
            }
        }
    }
    Ok(())
}

/// Where the file of this address is.
fn path(options: &Options, name: &str, file: &str) -> PathBuf {
    match file.strip_prefix("/shared/") {
        Some(shared) => options.shared_assets().join(shared),
        None => options.own_assets(name).join(file.trim_start_matches("/assets/")),
    }
}

fn explained(path: &Path, error: &io::Error) -> io::Error {
    let path = path.display();
    let wrong = match error.kind() {
        io::ErrorKind::NotFound => format!("{path} is missing"),
        _ => format!("{path} cannot be read ({error})"),
    };

    io::Error::new(error.kind(), format!("{wrong}: point --assets at the project's folder"))
}

/// The modules that a script imports by an address.
fn imports(script: &str) -> impl Iterator<Item = &str> {
    let modules = script.lines().filter_map(|line| line.split_once(" from \"")?.1.split_once('"'));

    modules.map(|(module, _)| module).filter(|module| module.starts_with(['.', '/']))
}

/// An address as a script of another address names it.
fn resolve(base: &str, name: &str) -> String {
    if name.starts_with('/') {
        return name.to_owned();
    }
    let mut parts: Vec<&str> = base.split('/').collect();
    parts.pop();
    for part in name.split('/') {
        match part {
            "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }

    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_names_what_it_imports() {
        let script = "import { a } from \"./a.js\";\nimport {\n  b,\n} from \"../shared/b.js\";\nimport c from \"c\";\nfrom();\n";

        assert_eq!(imports(script).collect::<Vec<_>>(), ["./a.js", "../shared/b.js"]);
        assert_eq!(resolve("/assets/page.js", "./a.js"), "/assets/a.js");
        assert_eq!(resolve("/assets/page.js", "../shared/b.js"), "/shared/b.js");
        assert_eq!(resolve("/assets/page.js", "/shared/b.js"), "/shared/b.js");
    }
}
