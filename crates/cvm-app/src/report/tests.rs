//! Every sample in every language: complete words, sound markup, nothing from outside, nothing unescaped.

use super::*;
use cvm_core::report::Warning;

fn pages() -> Vec<(String, String)> {
    let mut pages = Vec::new();
    for language in Language::ALL {
        for (name, report) in [("sample", sample()), ("little", sample_of_little())] {
            pages.push((format!("{name} in {language}"), render(&report, language).unwrap()));
        }
    }
    pages
}

/// The tags of a page in order, comments and text left out.
fn tags(page: &str) -> Vec<&str> {
    page.split('<').skip(1).map(|rest| rest.split_once('>').expect("an unescaped `<`").0).collect()
}

#[test]
fn tags_are_balanced() {
    const VOID: &[&str] = &["meta", "!DOCTYPE"];
    for (name, page) in pages() {
        let mut open = Vec::new();
        for tag in tags(&page) {
            let element = tag.split([' ', '\n']).next().unwrap();
            if let Some(closing) = element.strip_prefix('/') {
                assert_eq!(open.pop(), Some(closing), "{name}: </{closing}>");
            } else if !tag.ends_with('/') && !VOID.contains(&element) {
                open.push(element);
            }
        }
        assert!(open.is_empty(), "{name}: {open:?} left open");
    }
}

#[test]
fn ids_are_unique_and_every_link_leads_somewhere() {
    for (name, page) in pages() {
        let values = |attribute: &str| -> Vec<String> {
            let start = format!(" {attribute}=\"");
            page.split(start.as_str()).skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
        };
        let mut ids = values("id");
        let count = ids.len();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), count, "{name}");
        for link in values("href") {
            let target = link.strip_prefix('#').unwrap_or_else(|| panic!("{name} links outside: {link}"));
            assert!(ids.iter().any(|id| id == target), "{name}: {link}");
        }
    }
}

#[test]
fn nothing_is_fetched_and_nothing_runs() {
    for (name, page) in pages() {
        for wanted in ["<script", "http://", "https://", "<link", "@import", " src=", "javascript:", " style="] {
            assert!(!page.contains(wanted), "{name} holds {wanted}");
        }
        for tag in tags(&page) {
            assert!(!tag.contains(" on"), "{name}: {tag}");
        }
    }
}

#[test]
fn what_users_supply_is_shown_and_never_read_as_markup() {
    let evil = "\"><script>alert(1)</script>&amp;'";
    let mut report = sample();
    let run = &mut report.run;
    (run.files, run.timezone, run.model) = (vec![evil.to_owned()], evil.to_owned(), evil.to_owned());
    (run.version, run.currency) = (evil.to_owned(), Some(evil.to_owned()));
    for row in report.best.iter_mut().chain(&mut report.leaving) {
        (row.customer_id, row.last_purchase, row.segment) = (evil.to_owned(), evil.to_owned(), evil.to_owned());
    }
    for column in &mut report.mapping {
        (column.column, column.format) = (evil.to_owned(), Some(evil.to_owned()));
        (column.role, column.found_by) = (evil.to_owned(), evil.to_owned());
    }
    let validation = report.validation.as_mut().unwrap();
    validation.candidates[0].model = evil.to_owned();
    validation.candidates[1].failure = Some(evil.to_owned());
    validation.by_frequency[0].frequency = evil.to_owned();
    validation.holdout_end = evil.to_owned();
    let known = report.covariates.as_mut().unwrap();
    (known.file, known.model) = (evil.to_owned(), Some(evil.to_owned()));
    (known.columns[0].column, known.left_out[0].column) = (evil.to_owned(), evil.to_owned());
    known.columns[0].levels[0].level = cvm_core::report::Level::Value { text: evil.to_owned() };
    report.models[0].model = evil.to_owned();
    report.models[0].parameters[0].0 = evil.to_owned();
    report.headline.monthly[0].month = evil.to_owned();
    (report.problems[0].reason, report.clusters[0].group.id) = (evil.to_owned(), evil.to_owned());
    (report.segments[0].id, report.tiers[0].id) = (evil.to_owned(), evil.to_owned());
    report.clusters[0].traits[0].column = evil.to_owned();
    for language in Language::ALL {
        let page = render(&report, language).unwrap();
        assert!(!page.contains("<script"), "{language}");
        let shown = page.matches("&lt;script&gt;").count() + page.matches("&#60;script&#62;").count();
        assert!(shown > 40, "{language}: shown {shown} times");
    }
}

#[test]
fn every_part_is_there_where_it_is_known_and_explained_where_it_is_not() {
    let (rich, little) = (render(&sample(), Language::En).unwrap(), render(&sample_of_little(), Language::En).unwrap());
    assert_eq!(rich.matches("<section").count(), 17);
    assert_eq!(little.matches("<section").count(), 16);
    assert!(rich.contains("What else is known of customers") && !little.contains("What else is known"));
    assert!(little.contains("Costs are not known"));
    assert!(little.contains("too short to keep a part aside for a test"));
    assert!(little.contains("No customer of high past value seems to be leaving"));
    assert!(little.contains("No groups were found"));
    assert!(little.contains("Every row was used"));
    assert!(little.contains("No model was fitted"));
    assert!(!little.contains("90%:"), "no bounds where uncertainty was switched off");
    assert!(!rich.contains("Nothing in the data speaks against"), "there are warnings");
    let mut fine = sample();
    fine.warnings.clear();
    assert!(render(&fine, Language::En).unwrap().contains("Nothing in the data speaks against"));
}

#[test]
fn covariates_say_in_words_what_they_do() {
    let page = render(&sample(), Language::En).unwrap();
    let section = words_of(&page, "id=\"covariates\"", "</section>");
    insta::assert_snapshot!(section);
    // Where no model with covariates predicts, there are no effects to speak of.
    let mut report = sample();
    let known = report.covariates.as_mut().unwrap();
    known.model = None;
    for level in known.columns.iter_mut().flat_map(|column| &mut column.levels) {
        (level.buying, level.leaving) = (None, None);
    }
    let page = render(&report, Language::En).unwrap();
    let section = words_of(&page, "id=\"covariates\"", "</section>");
    assert!(section.contains("No model with these columns predicts") && section.contains("trade fair"), "{section}");
    assert!(!section.contains("more often") && !section.contains("compared with this"), "{section}");
}

#[test]
fn a_forecast_that_is_missing_is_not_shown_as_nothing() {
    let mut report = sample();
    report.warnings = vec![Warning::NoModel];
    let page = render(&report, Language::En).unwrap();
    let first = words_of(&page, "class=\"headlines\"", "<details");
    assert!(first.contains("Customer lifetime value\n–\n"), "{first}");
    assert!(!first.contains("90%"), "{first}");
    assert!(terminal(&report, Language::En).contains("Customer lifetime value            –"));
}

#[test]
fn warnings_stand_before_any_chart() {
    let mut report = sample();
    report.warnings = vec![Warning::HoldoutBias { share: 0.24 }];
    let page = render(&report, Language::En).unwrap();
    let warning = page.find("predicted 24% too many").unwrap();
    assert!(warning < page.find("class=\"chart").unwrap());
    assert!(page.contains("1 thing to know first"));
}

#[test]
fn every_picture_has_words_and_a_table() {
    for (name, page) in pages() {
        let pictures = page.matches("class=\"chart wide\"").count();
        assert_eq!(pictures, page.matches("class=\"chart narrow\"").count(), "{name}");
        assert_eq!(page.matches("role=\"img\" aria-label=\"").count(), 2 * pictures, "{name}");
        assert!(!page.contains("role=\"img\" aria-label=\"\""), "{name}");
        assert_eq!(page.matches("<figure>").count(), pictures, "{name}");
        for figure in page.split("<figure>").skip(1) {
            assert!(figure.split("</figure>").next().unwrap().contains("<table"), "{name}");
        }
    }
}

#[test]
fn no_figure_is_broken() {
    for (name, page) in pages() {
        // Anything may stand in the letters of an embedded font.
        let page = page.split_once("</style>").unwrap().1;
        for broken in ["NaN", "inf\"", ">inf<", "-0%", "-£0<"] {
            assert!(!page.contains(broken), "{name} holds {broken}");
        }
    }
}

#[test]
fn the_file_is_small_and_persian_brings_its_letters() {
    for (name, page) in pages() {
        assert!(page.len() < 500_000, "{name}: {} bytes", page.len());
        assert_eq!(page.contains("@font-face"), name.ends_with("fa"), "{name}");
        assert_eq!(page.contains("dir=\"rtl\""), name.ends_with("fa"), "{name}");
    }
}

#[test]
fn persian_pages_use_persian_digits_for_figures() {
    let page = render(&sample(), Language::Fa).unwrap();
    let headlines = page.split("class=\"headlines\"").nth(1).unwrap().split("</div>\n</div>").next().unwrap();
    let text: String = headlines.split('>').map(|rest| rest.split('<').next().unwrap()).collect();
    assert!(text.contains('۹') && !text.contains(|c: char| c.is_ascii_digit()), "{text}");
}

/// The text between two marks, tags taken off, a line each.
fn words_of(page: &str, from: &str, to: &str) -> String {
    let part = &page[page.find(from).unwrap()..];
    let part = &part[..part.find(to).unwrap()];
    let texts = part.split('<').filter_map(|rest| Some(rest.split_once('>')?.1.trim()));
    texts.filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_first_screen_reads_well() {
    for language in Language::ALL {
        let page = render(&sample(), language).unwrap();
        insta::assert_snapshot!(format!("headlines_{language}"), words_of(&page, "<header", "</details>"));
        insta::assert_snapshot!(format!("sure_{language}"), words_of(&page, "id=\"sure-title\"", "</section>"));
    }
}

#[test]
fn segments_say_what_to_do() {
    let page = render(&sample(), Language::En).unwrap();
    let article = words_of(&page, "<article", "</article>");
    insta::assert_snapshot!(article);
}
