//! Texts with everything put in, as one customer gets them.

use super::definition::Definition;
use super::offering::Made;
use super::store::Campaign;
use crate::channels::Outgoing;
use crate::contacts::{Channel, Dealer, Standing};
use crate::platform::server::App;
use crate::platform::templates::{Template, Unfilled};
use cvm_core::Language;
use cvm_core::text::Words;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use utoipa::ToSchema;

/// The texts of a campaign, read once.
pub(super) struct Texts {
    definition: Definition,
    name: String,
    id: String,
    /// By variant's place, language and part.
    parts: HashMap<(usize, Language, &'static str), Template>,
}

/// What one customer is told.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = CampaignMessage)]
pub struct Filled {
    /// The language.
    pub language: String,
    /// The subject or title.
    pub subject: String,
    /// The text.
    pub text: String,
    /// The page; empty where there is none.
    pub html: String,
}

/// What is put in beside what is known of the customer.
pub(super) struct About<'a> {
    /// The id of the message.
    pub id: &'a str,
    /// Who is told.
    pub standing: &'a Standing,
    /// Columns of the last scoring run.
    pub values: Option<&'a Map<String, Value>>,
    /// Which variant.
    pub variant: usize,
    /// Whether it is only looked at: nothing in it leads over us then.
    pub is_example: bool,
}

impl Texts {
    /// Reads the texts of a campaign.
    pub fn of(campaign: &Campaign) -> Result<Self, Unfilled> {
        let mut parts = HashMap::new();
        for (place, variant) in campaign.definition.variants.iter().enumerate() {
            for (language, content) in &variant.content {
                let Ok(language) = language.parse::<Language>() else { continue };
                for (name, text, format) in content.parts() {
                    if !text.trim().is_empty() {
                        parts.insert((place, language, name), Template::parse(text, format)?);
                    }
                }
            }
        }
        let (id, name) = (campaign.id.clone(), campaign.name.clone());
        Ok(Self { definition: campaign.definition.clone(), id, name, parts })
    }

    /// What a customer is told; none where nothing is said in any language.
    pub fn fill(&self, app: &App, dealer: &Dealer, about: &About<'_>) -> Result<Filled, Unfilled> {
        let attributes = &about.standing.person.attributes;
        let own = attributes.get("language").and_then(Value::as_str);
        let Some((language, _)) = self.definition.variants[about.variant].content_for(own) else {
            return Ok(Filled::default());
        };
        let unsubscribe = unsubscribe_address(app, dealer, about.id, language.code());
        let mut customer = attributes.clone();
        customer.insert("id".to_owned(), Value::from(about.standing.customer.as_str()));
        let data = json!({
            "customer": customer,
            "values": about.values,
            "campaign": {"id": self.id, "name": self.name, "variant": self.definition.variants[about.variant].name},
            "unsubscribe_url": unsubscribe,
        });
        let part = |name: &'static str| match self.parts.get(&(about.variant, language, name)) {
            Some(template) => template.fill(&data),
            None => Ok(String::new()),
        };
        let mut filled = Filled {
            language: language.code().to_owned(),
            subject: part("subject")?.split_whitespace().collect::<Vec<_>>().join(" "),
            text: part("text")?,
            html: part("html")?,
        };
        self.finish(app, dealer, about, &mut filled);
        Ok(filled)
    }

    /// What an offer says, as a message: a letter ends with where to unsubscribe, which offers know nothing of.
    pub fn offered(&self, app: &App, dealer: &Dealer, about: &About<'_>, mut said: Filled) -> Filled {
        if !said.html.is_empty() {
            let language = reader_of(&said);
            let (address, words) = (unsubscribe_address(app, dealer, about.id, language.code()), Words::new(language));
            said.html.push_str(&format!("<p><a href=\"{address}\">{}</a></p>", words.text("campaigns-unsubscribe")));
        }
        self.finish(app, dealer, about, &mut said);
        said
    }

    /// Has a text, where only a page was written.
    pub fn complete(filled: &mut Filled) {
        if filled.text.trim().is_empty() {
            filled.text = text_of(&filled.html);
        }
    }

    /// Has ways back to us, where it is a letter.
    fn finish(&self, app: &App, dealer: &Dealer, about: &About<'_>, filled: &mut Filled) {
        Self::complete(filled);
        if self.definition.channel != Channel::Email || self.definition.is_service || about.is_example {
            return;
        }
        let unsubscribe = unsubscribe_address(app, dealer, about.id, reader_of(filled).code());
        if !filled.text.contains(&unsubscribe) {
            filled.text.push_str(&format!("\n\n{unsubscribe}\n"));
        }
        if !filled.html.is_empty() {
            filled.html = with_answers(&filled.html, |link| link_address(app, dealer, about.id, link), &unsubscribe);
            let (trap, pixel) = (trap_address(app, dealer, about.id), open_address(app, dealer, about.id));
            // Nobody sees this link, so nobody follows it but programs that follow all.
            filled.html.push_str(&format!(
                "<a href=\"{trap}\" style=\"display:none\" tabindex=\"-1\" aria-hidden=\"true\"></a>\
                 <img src=\"{pixel}\" width=\"1\" height=\"1\" alt=\"\">"
            ));
        }
    }

    /// The message, ready to be handed over, with the offer that it makes.
    pub fn outgoing(
        &self,
        app: &App,
        dealer: &Dealer,
        about: &About<'_>,
        (filled, made): (&Filled, Option<&Made>),
    ) -> Outgoing {
        let channel = self.definition.channel;
        Outgoing {
            id: about.id.to_owned(),
            to: about.standing.address(channel).unwrap_or_default().to_owned(),
            subject: filled.subject.clone(),
            text: filled.text.clone(),
            html: (!filled.html.is_empty()).then(|| filled.html.clone()),
            unsubscribe: (!self.definition.is_service)
                .then(|| unsubscribe_address(app, dealer, about.id, reader_of(filled).code())),
            about: json!({
                "customer": about.standing.customer, "campaign": self.id, "campaign_name": self.name,
                "variant": self.definition.variants[about.variant].name, "language": filled.language,
                "offer": made.map(|made| &made.offer), "decision": made.map(|made| &made.decision),
            }),
        }
    }

    /// The place of a variant by its name.
    pub fn variant(&self, name: &str) -> Option<usize> {
        self.definition.variants.iter().position(|variant| variant.name == name)
    }
}

/// The language of our own pages for whoever reads a message: offers may speak others than we do.
fn reader_of(filled: &Filled) -> Language {
    filled.language.parse().unwrap_or(Language::ALL[0])
}

/// Where customers reach this server.
fn base(app: &App) -> String {
    match app.config.public_url.trim_end_matches('/') {
        "" => format!("http://{}", app.config.listen),
        url => url.to_owned(),
    }
}

/// Where a customer says that they want no more of it.
fn unsubscribe_address(app: &App, dealer: &Dealer, id: &str, language: &str) -> String {
    format!("{}/{language}/m/{id}/{}/unsubscribe", base(app), dealer.signature(&["unsubscribe", id]))
}

/// What a program fetches when somebody opens the message.
fn open_address(app: &App, dealer: &Dealer, id: &str) -> String {
    format!("{}/m/{id}/{}/open.gif", base(app), dealer.signature(&["open", id]))
}

/// Where the link leads that nobody sees.
fn trap_address(app: &App, dealer: &Dealer, id: &str) -> String {
    format!("{}/m/{id}/{}/all", base(app), dealer.signature(&["all", id]))
}

/// Where a link of the message leads first.
fn link_address(app: &App, dealer: &Dealer, id: &str, to: &str) -> String {
    let mut address = format!("{}/m/{id}/{}/go?", base(app), dealer.signature(&["go", id, to]));
    address.push_str(&crate::platform::pages::form_urlencoded(&[("to", to)]));
    address
}

/// A page whose links lead over us first, but the one by which customers unsubscribe.
fn with_answers(html: &str, address: impl Fn(&str) -> String, unsubscribe: &str) -> String {
    let mut page = String::with_capacity(html.len() * 2);
    let mut rest = html;
    while let Some((before, href, quote, after)) = next_link(rest) {
        page.push_str(before);
        let plain = href.replace("&amp;", "&").replace("&#38;", "&");
        let is_web = plain.starts_with("https://") || plain.starts_with("http://");
        match is_web && plain != unsubscribe {
            true => page.push_str(&address(&plain).replace('&', "&amp;")),
            false => page.push_str(href),
        }
        page.push(quote);
        rest = after;
    }
    page.push_str(rest);
    page
}

/// What stands before the address of the next link (its opening quote included), the address, the quote, and what comes after it.
fn next_link(html: &str) -> Option<(&str, &str, char, &str)> {
    let lower = html.to_ascii_lowercase();
    let mut from = 0;
    loop {
        let tag = from + lower[from..].find("<a ")?;
        let end = tag + lower[tag..].find('>')?;
        let Some(found) = lower[tag..end].find("href=") else {
            from = end;
            continue;
        };
        let start = tag + found + "href=".len();
        let quote = html[start..].chars().next().filter(|quote| matches!(quote, '"' | '\''));
        let Some(quote) = quote else {
            from = end;
            continue;
        };
        let address = start + 1;
        let close = address + html[address..].find(quote)?;
        return Some((&html[..address], &html[address..close], quote, &html[close + 1..]));
    }
}

/// A page as text: without tags, with the addresses of its links behind their words.
fn text_of(html: &str) -> String {
    let mut text = String::new();
    let mut links: Vec<String> = Vec::new();
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        let Some(length) = rest[start..].find('>') else { break };
        text.push_str(&rest[..start]);
        let tag = &rest[start..=start + length];
        let name: String = tag[1..].chars().take_while(|letter| letter.is_alphanumeric() || *letter == '/').collect();
        rest = &rest[start + length + 1..];
        match name.to_ascii_lowercase().as_str() {
            "br" | "p" | "/p" | "div" | "/div" | "tr" | "/tr" | "table" | "/table" | "ul" | "/ul" | "ol" | "/ol" => {
                text.push('\n');
            }
            "h1" | "h2" | "h3" | "h4" | "/h1" | "/h2" | "/h3" | "/h4" => text.push_str("\n\n"),
            "li" => text.push_str("\n- "),
            "a" => links.push(next_link(tag).map_or(String::new(), |(_, href, ..)| href.to_owned())),
            "/a" => {
                let link = links.pop().unwrap_or_default();
                if !link.is_empty() {
                    text.push_str(&format!(" ({link})"));
                }
            }
            closed @ ("style" | "script" | "head" | "title") => {
                let end = rest.to_ascii_lowercase().find(&format!("</{closed}")).unwrap_or(rest.len());
                rest = &rest[end..];
            }
            _ => {}
        }
    }
    text.push_str(rest);
    for (entity, letter) in [
        ("&nbsp;", " "),
        ("&lt;", "<"),
        ("&#60;", "<"),
        ("&gt;", ">"),
        ("&#62;", ">"),
        ("&quot;", "\""),
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&#38;", "&"),
        ("&amp;", "&"),
    ] {
        text = text.replace(entity, letter);
    }
    let lines: Vec<String> = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    let mut kept: Vec<&str> = Vec::new();
    for line in &lines {
        if !line.is_empty() || kept.last().is_some_and(|last| !last.is_empty()) {
            kept.push(line);
        }
    }
    kept.join("\n").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_over_us_and_nothing_else_changes() {
        let html = "<p class='a'>Zażółć <a class=\"b\" href=\"https://shop.example/?a=1&amp;b=2\">shop</a> \
                    <A HREF='mailto:a@b.pl'>mail</A> <abbr>x</abbr> <a href='https://us.example/m/1/s/unsubscribe'>no</a></p>";
        let page =
            with_answers(html, |to| format!("https://us.example/go?to={to}&x"), "https://us.example/m/1/s/unsubscribe");
        let expected = html.replace(
            "\"https://shop.example/?a=1&amp;b=2\"",
            "\"https://us.example/go?to=https://shop.example/?a=1&amp;b=2&amp;x\"",
        );
        assert_eq!(page, expected);
        for odd in ["<a href=", "<a href=\"x", "<a", "<a >", "<a href=x>"] {
            assert_eq!(with_answers(odd, |_| "no".to_owned(), ""), odd);
        }
    }

    #[test]
    fn a_page_is_read_as_text() {
        let html = "<html><head><title>T</title><style>p{}</style></head><body><h1>Hello</h1><p>Zażółć&nbsp;gęślą\n  jaźń &amp; co</p>\
                    <ul><li>one</li><li><a href=\"https://shop.example\">two</a></li></ul>3 &lt; 4<br>end</body></html>";
        let text = "Hello\n\nZażółć gęślą\njaźń & co\n\n- one\n- two (https://shop.example)\n3 < 4\nend";
        assert_eq!(text_of(html), text);
        assert_eq!(text_of("a < b"), "a < b");
    }
}
