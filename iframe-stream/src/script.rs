//! The document that carries the messages: its beginning, and its scripts.

use shared::Origin;

/// Some browsers show nothing of a document before they have so many bytes.
const FIRST_FLUSH: usize = 1_024;

/// Writes the scripts of one response. Its nonce lets them run, and no others.
pub(crate) struct Script {
    nonce: String,
}

impl Script {
    /// A new nonce for a new response.
    pub(crate) fn new() -> Self {
        Self { nonce: format!("{:032x}", rand::random::<u128>()) }
    }

    /// The content security policy of the document.
    pub(crate) fn policy(&self, ancestors: &[Origin]) -> String {
        let nonce = &self.nonce;
        let ancestors: String = ancestors.iter().map(|origin| format!(" {origin}")).collect();

        format!("default-src 'none'; script-src 'nonce-{nonce}'; base-uri 'none'; frame-ancestors 'self'{ancestors}")
    }

    /// The head, and the one function: it removes the script that called it, so that the document stays small, and
    /// hands the object to the page around it.
    pub(crate) fn prelude(&self) -> String {
        let mut prelude = format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>Messages</title>\n\
             <script nonce=\"{}\">function f(o){{document.currentScript.remove();parent.fiveWays?.(o)}}</script>\n\
             </head>\n<body>\n<!--",
            self.nonce
        );
        let end = "-->\n";
        let padding = FIRST_FLUSH.saturating_sub(prelude.len() + end.len());
        prelude.extend(std::iter::repeat_n('.', padding));

        prelude + end
    }

    /// A script that calls the function with an object.
    pub(crate) fn call(&self, json: &str) -> String {
        format!("<script nonce=\"{}\">f({})</script>\n", self.nonce, escape(json))
    }
}

/// Makes JSON safe inside a script: nothing in it can end the script or begin a comment
/// (<https://html.spec.whatwg.org/multipage/scripting.html#restrictions-for-contents-of-script-elements>), and the line
/// ends of Unicode, which older JavaScript takes for its own, are escaped. They stand only within strings.
fn escape(json: &str) -> String {
    json.replace('<', "\\u003c").replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_message_can_end_the_script() {
        let script = Script { nonce: "n".to_owned() };

        let call = script.call("{\"text\":\"</script><!--\u{2028}\u{2029}\"}");

        assert_eq!(call, "<script nonce=\"n\">f({\"text\":\"\\u003c/script>\\u003c!--\\u2028\\u2029\"})</script>\n");
    }

    #[test]
    fn the_first_flush_has_1024_bytes() {
        assert_eq!(Script::new().prelude().len(), FIRST_FLUSH);
    }

    #[test]
    fn each_response_has_a_nonce_of_its_own() {
        assert_ne!(Script::new().nonce, Script::new().nonce);
    }
}
