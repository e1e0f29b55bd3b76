//! Complete, consistent messages in every language, and numbers and dates as people write them.

use super::*;
use crate::columns::CATALOGUES;
use crate::order::FunnelStep;
use crate::segment;
use chrono::NaiveTime;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

fn words(language: Language) -> Words {
    Words::new(language)
}

const EN: Words = Words::new(Language::En);
const PL: Words = Words::new(Language::Pl);
const RU: Words = Words::new(Language::Ru);
const FA: Words = Words::new(Language::Fa);

/// The messages of a language, with their source.
fn messages(language: Language) -> BTreeMap<&'static str, String> {
    let mut all: BTreeMap<&str, String> = BTreeMap::new();
    let mut last = None;
    for line in
        sources(language).into_iter().flat_map(str::lines).filter(|line| !line.starts_with('#') && !line.is_empty())
    {
        match line.split_once(" = ") {
            Some((id, text)) if !line.starts_with([' ', '*', '[']) => {
                assert!(all.insert(id, text.to_owned()).is_none(), "`{id}` stands twice in {language}");
                last = Some(id);
            }
            _ => {
                all.get_mut(last.expect("a message goes first")).expect("just put there").push_str(&format!("\n{line}"))
            }
        }
    }
    all
}

fn arguments(message: &str) -> BTreeSet<&str> {
    message.split('$').skip(1).map(|rest| rest.split([' ', '}']).next().unwrap()).collect()
}

#[test]
fn every_language_has_every_message_with_the_same_arguments() {
    let english = messages(Language::En);
    for language in Language::ALL {
        for source in sources(language) {
            assert!(FluentResource::try_new(source.to_owned()).is_ok(), "{language} does not parse");
        }
        let other = messages(language);
        assert_eq!(english.keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>(), "{language}");
        for (id, text) in &english {
            assert_eq!(arguments(text), arguments(&other[id]), "`{id}` in {language}");
        }
    }
}

/// Messages whose names are put together from a family and a stable name.
fn families() -> BTreeSet<String> {
    let mut ids = BTreeSet::new();
    let mut family = |prefix: &str, names: &mut dyn Iterator<Item = &str>| {
        ids.extend(names.map(|name| format!("{prefix}-{name}")));
    };
    family("segment", &mut SEGMENTS.iter().copied());
    family("action", &mut SEGMENTS.iter().copied());
    family("tier", &mut TIERS.iter().copied());
    family("problem", &mut PROBLEMS.iter().copied());
    family("role", &mut ROLES.iter().copied());
    family("left_out", &mut LeftOutReason::ALL.iter().map(|reason| reason.id()));
    family("found", &mut FOUND_BY.iter().copied());
    for (name, columns) in CATALOGUES {
        family(name, &mut columns.iter().map(|column| column.name));
    }
    let fields = segment::fields(&[]).into_iter().chain(segment::properties(&[])).map(|field| field.name);
    let fields: Vec<String> = fields.map(|name| name.rsplit('.').next().unwrap().to_owned()).collect();
    family("field", &mut fields.iter().map(String::as_str));
    family("ready", &mut segment::READY.iter().map(|ready| ready.id));
    let steps: Vec<String> = FunnelStep::ALL.iter().map(|step| step.name()).collect();
    family("funnel", &mut steps.iter().map(String::as_str));
    for name in TRAITS {
        ids.insert(format!("trait-{name}-above"));
        ids.insert(format!("trait-{name}-below"));
    }
    ids
}

#[test]
fn every_message_is_used_and_every_family_is_complete() {
    let families = families();
    let messages = messages(Language::En);
    for id in &families {
        assert!(messages.contains_key(id.as_str()), "no message `{id}`");
    }
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut sources = String::new();
    read_sources(crates, &mut sources);
    let unused: Vec<_> =
        messages.keys().filter(|id| !families.contains(**id) && !sources.contains(&format!("\"{id}\""))).collect();
    assert!(unused.is_empty(), "no source names {unused:?}");
}

fn read_sources(folder: &Path, into: &mut String) {
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() && path.file_name().unwrap() != "target" {
            read_sources(&path, into);
        } else if path.extension().is_some_and(|end| end == "rs" || end == "html") && !path.ends_with("text/tests.rs") {
            into.push_str(&std::fs::read_to_string(&path).unwrap());
        }
    }
}

/// What may stand in Latin letters in Persian and Russian: abbreviations and names.
const LATIN: &[&str] = &[
    "API",
    "Authorization",
    "Bearer",
    "CLV",
    "CSV",
    "Ctrl",
    "HTML",
    "Liquid",
    "SMS",
    "webhook",
    "JSON",
    "Delta",
    "KEY",
    "NDJSON",
    "NUTS",
    "OpenCVM",
    "OpenID",
    "Connect",
    "P",
    "Parquet",
    "RFM",
    "RudderStack",
    "SDK",
    "SQL",
    "Segment",
    "cron",
    "cvm",
    "toml",
    "frequency",
    "monetary",
    "recency",
];

#[test]
fn persian_and_russian_hold_no_stray_latin_letters_and_persian_no_arabic_ones() {
    for language in [Language::Ru, Language::Fa] {
        for (id, text) in messages(language) {
            let shown = without_placeables(&text);
            let latin = shown.split(|c: char| !c.is_ascii_alphabetic()).filter(|word| !word.is_empty());
            let stray: Vec<_> = latin.filter(|word| !LATIN.contains(word)).collect();
            assert!(stray.is_empty(), "`{id}` in {language}: {stray:?}");
        }
    }
    for (id, text) in messages(Language::Fa) {
        let shown = without_placeables(&text);
        let wrong = |c: &char| matches!(*c, 'ي' | 'ك' | 'ى' | '٠'..='٩' | '0'..='9' | '?' | ';');
        assert_eq!(shown.chars().find(wrong), None, "`{id}`: {text}");
        assert!(!shown.contains(" \u{200c}") && !shown.contains("\u{200c} "), "`{id}` has a stray joiner: {text}");
        // A verb's prefix joins with a half-space.
        assert!(!shown.contains(" می ") && !shown.contains(" ها "), "`{id}`: {text}");
    }
}

/// The text with placeables, selectors and variant keys taken out.
fn without_placeables(text: &str) -> String {
    let mut shown = String::new();
    for line in text.lines() {
        let line = line.trim();
        let line = if line.starts_with(['[', '*']) { line.split_once(']').map_or("", |(_, rest)| rest) } else { line };
        let mut rest = line;
        while let Some((before, after)) = rest.split_once('{') {
            shown.push_str(before);
            rest = after.split_once('}').map_or("", |(_, rest)| rest);
        }
        shown.push_str(rest);
        shown.push(' ');
    }
    shown
}

#[test]
fn english_meanings_of_columns_are_those_of_the_documentation() {
    for (family, columns) in CATALOGUES {
        for column in *columns {
            let documented = column.meaning.replace(" x ", " × ");
            assert_eq!(EN.column_of(family, column.name), documented, "{family} `{}`", column.name);
            assert_ne!(FA.column_of(family, column.name), documented, "{family} `{}`", column.name);
        }
    }
}

#[test]
fn numbers_are_written_as_each_language_does() {
    let each = |show: &dyn Fn(Words) -> String| Language::ALL.map(|language| show(words(language)));
    assert_eq!(
        each(&|w| w.number(1234567.891, 2)),
        ["1,234,567.89", "1\u{a0}234\u{a0}567,89", "1\u{a0}234\u{a0}567,89", "۱٬۲۳۴٬۵۶۷٫۸۹"]
    );
    assert_eq!(each(&|w| w.number(-3.0, 0)), ["-3", "-3", "-3", "\u{200e}−۳"]);
    assert_eq!(each(&|w| w.percent(0.087, 1)), ["8.7%", "8,7%", "8,7\u{a0}%", "۸٫۷٪"]);
    assert_eq!(each(&|w| w.compact(1_234_567.0)), ["1.2M", "1,2\u{a0}mln", "1,2\u{a0}млн", "۱٫۲\u{a0}میلیون"]);
    assert_eq!(
        each(&|w| w.money(1234.5, Some("GBP"))),
        ["£1,234.50", "1234,50\u{a0}£", "1\u{a0}234,50\u{a0}£", "\u{200e}£۱٬۲۳۴٫۵۰"]
    );
    assert_eq!(
        each(&|w| w.money_compact(-1_234_567.0, Some("PLN"))),
        [
            "-PLN\u{a0}1.2M",
            "-1,2\u{a0}mln\u{a0}zł",
            "-1,2\u{a0}млн\u{a0}PLN",
            "\u{200e}−\u{200e}PLN\u{a0}۱٫۲\u{a0}میلیون"
        ]
    );
    assert_eq!(FA.money(1_500_000.0, Some("IRR")), "۱٬۵۰۰٬۰۰۰\u{a0}ریال");
    assert_eq!(FA.money_whole(-1_500.0, Some("IRR")), "\u{200e}−۱٬۵۰۰\u{a0}ریال");
}

#[test]
fn numbers_are_read_as_each_language_writes_them() {
    for language in Language::ALL {
        for (number, places) in [(0.0, 0), (-3.5, 1), (0.125, 3), (1_234_567.89, 2)] {
            let written = words(language).number(number, places);
            assert_eq!(read_number(&written), Some(number), "{written}");
        }
    }
    let read = ["1234.5", "1234,5", "1,234.5", "1 234,5", "۱۲۳۴٫۵", "١٢٣٤٫٥", "۱٬۲۳۴٫۵"].map(read_number);
    assert_eq!(read, [Some(1234.5); 7]);
    // A thousand and some, or one and a bit.
    assert_eq!(read_number("1,234"), None);
    assert_eq!(read_number("0,125"), Some(0.125));
    for wrong in ["", "-", "12a", "1,23,456", "1,234,56", "1.2.3", "NaN", "inf", "1e999"] {
        assert_eq!(read_number(wrong), None, "{wrong}");
    }
    assert_eq!(["7", "۷", "7.0", "-7", "7.5"].map(read_whole), [Some(7), Some(7), Some(7), None, None]);
}

#[test]
fn amounts_round_to_what_is_asked_and_nothing_has_no_sign() {
    assert_eq!(EN.money_whole(1234.5, Some("GBP")), "£1,234");
    assert_eq!(EN.money_whole(-0.4, Some("GBP")), "£0");
    assert_eq!(EN.money(-12.0, None), "-12.00");
    assert_eq!(EN.money(1200.0, Some("JPY")), "¥1,200");
    assert_eq!(EN.number(-0.001, 2), "0.00");
    assert_eq!(EN.compact(0.123), "0.1");
    assert_eq!(EN.compact(999.4), "999");
    assert_eq!(EN.compact(999_999.0), "1M");
    assert_eq!(EN.money(12.0, Some("not a code")), "12.00");
    for not_a_number in [f64::NAN, f64::INFINITY] {
        assert_eq!(EN.number(not_a_number, 2), "–");
        assert_eq!(EN.percent(not_a_number, 0), "–");
        assert_eq!(EN.money(not_a_number, Some("GBP")), "–");
        assert_eq!(EN.money_compact(not_a_number, Some("GBP")), "–");
    }
}

#[test]
fn dates_are_written_as_each_language_does() {
    let each = |show: &dyn Fn(Words) -> String| Language::ALL.map(|language| show(words(language)));
    assert_eq!(each(&|w| w.date("2011-12-09")), ["9 Dec 2011", "9 gru 2011", "9 дек. 2011\u{202f}г.", "۱۸ آذر ۱۳۹۰"]);
    assert_eq!(
        each(&|w| w.date_long("2011-12-09")),
        ["9 December 2011", "9 grudnia 2011", "9 декабря 2011\u{202f}г.", "۱۸ آذر ۱۳۹۰"]
    );
    assert_eq!(each(&|w| w.month("2011-04")), ["April 2011", "kwiecień 2011", "апрель 2011\u{202f}г.", "آوریل ۲۰۱۱"]);
    assert_eq!(EN.month_short("2011-04"), "Apr 2011");
    assert_eq!(EN.date("yesterday"), "yesterday", "what is no date is shown as it stands");
}

#[test]
fn reasons_have_the_right_plurals() {
    let silent = |every, since| Reason {
        rhythm: Rhythm::Silent {
            every: Span { count: every, unit: Unit::Week },
            since: Span { count: since, unit: Unit::Week },
        },
        spend: Some(Spend::High { times: 3 }),
    };
    assert_eq!(EN.reason(&silent(3, 11)), "bought every 3 weeks, silent for 11 weeks; spends 3 times the average");
    assert_eq!(
        PL.reason(&silent(2, 5)),
        "kupował co 2 tygodnie, milczy od 5 tygodni; wydaje 3 razy tyle co przeciętny klient"
    );
    assert_eq!(RU.reason(&silent(2, 5)), "покупал раз в 2 недели, молчит 5 недель; тратит в 3 раза больше среднего");
    assert_eq!(
        FA.reason(&silent(2, 5)),
        "هر ۲ هفته خرید می‌کرد، ۵ هفته است که خبری از او نیست؛ ۳ برابر میانگین خرج می‌کند"
    );
    let ago = |count, unit| Reason { rhythm: Rhythm::Once { since: Span { count, unit } }, spend: None };
    assert_eq!(PL.reason(&ago(2, Unit::Week)), "jeden zakup, 2 tygodnie temu");
    assert_eq!(PL.reason(&ago(5, Unit::Week)), "jeden zakup, 5 tygodni temu");
    assert_eq!(PL.reason(&ago(22, Unit::Month)), "jeden zakup, 22 miesiące temu");
    assert_eq!(RU.reason(&ago(21, Unit::Week)), "одна покупка, 21 неделю назад");
    assert_eq!(RU.reason(&ago(2, Unit::Year)), "одна покупка, 2 года назад");
    assert_eq!(EN.reason(&ago(0, Unit::Day)), "bought once, today");
    assert_eq!(RU.every(Span { count: 1, unit: Unit::Week }), "раз в неделю");
    assert_eq!(PL.every(Span { count: 0, unit: Unit::Day }), "codziennie");
    assert_eq!(FA.every(Span { count: 1, unit: Unit::Month }), "هر ماه");
}

#[test]
fn warnings_and_traits_read_as_sentences() {
    assert_eq!(
        PL.warning(&Warning::HoldoutBias { share: -0.123 }),
        "Na zakupach, których nie znał, model przewidział o 12% za mało. O tyle samo mogą być zaniżone prognozy."
    );
    assert_eq!(
        RU.warning(&Warning::FewRepeatCustomers { customers: 22 }),
        "Больше одного раза купили только 22 клиента: этого мало, чтобы узнать привычки."
    );
    let often = ClusterTrait { column: "purchases".to_owned(), above: true, typical: 7.5, base: 2.0 };
    assert_eq!(PL.cluster_trait(&often, None), "kupują często: 7,5 zakupu (ogół klientów: 2)");
    assert_eq!(RU.horizon(365), "за ближайшие 12 месяцев");
    assert_eq!(FA.horizon(365), "در ۱۲ ماه آینده");
    for language in Language::ALL {
        for warning in every_warning() {
            let said = words(language).warning(&warning);
            assert!(said.ends_with('.') && said.len() > 30, "{language}: {said}");
        }
    }
}

fn every_warning() -> [Warning; 12] {
    [
        Warning::NoHoldout,
        Warning::HoldoutBias { share: 0.2 },
        Warning::Coverage { share: 0.7 },
        Warning::SpendDependsOnFrequency { correlation: 0.3 },
        Warning::FewRepeatCustomers { customers: 12 },
        Warning::ManyProblems { share: 0.25 },
        Warning::NoCosts,
        Warning::IdenticalRows { rows: 5 },
        Warning::NoSpendModel,
        Warning::WeakPrior { model: "BG/NBD".into() },
        Warning::FewCovariates { share: 0.3 },
        Warning::NoModel,
    ]
}

#[test]
fn contracts_have_the_right_plurals() {
    let active = |periods| ContractReason::Active { periods, period: Period::Month, renew_percent: 97 };
    assert_eq!(EN.contract_reason(&active(1)), "tenure: 1 month; 97% of such contracts renew the next time");
    assert_eq!(PL.contract_reason(&active(22)), "staż: 22 miesiące; następnym razem odnawia 97% takich umów");
    assert_eq!(RU.contract_reason(&active(5)), "срок: 5 месяцев; в следующий раз продлевают 97\u{a0}% таких договоров");
    assert_eq!(FA.contract_reason(&active(5)), "سابقه: ۵ ماه؛ ۹۷٪ از چنین قراردادهایی در نوبت بعد تمدید می‌شوند");
    assert_eq!(PL.periods(2.5, 1, Period::Year), "2,5 roku");
    assert_eq!(RU.periods(1.0, 0, Period::Days { days: 10 }), "1 период");
    let warnings = [
        RetentionWarning::NoHoldout,
        RetentionWarning::PoorFit { share: 0.5 },
        RetentionWarning::FewLosses { contracts: 3 },
        RetentionWarning::Extrapolated { seen: 12 },
        RetentionWarning::ManyProblems { share: 0.25 },
        RetentionWarning::NoValues,
        RetentionWarning::NoMargin,
        RetentionWarning::AsOfFromFile { date: "2024-01-31".to_owned() },
    ];
    for language in Language::ALL {
        for warning in &warnings {
            let said = words(language).retention_warning(warning);
            assert!(said.ends_with('.') && said.len() > 30, "{language}: {said}");
        }
    }
}

#[test]
fn names_we_do_not_know_are_shown_as_they_stand() {
    assert_eq!(EN.segment("a_new_one"), "a_new_one");
    assert_eq!(EN.problem("strange"), "strange");
    assert_eq!(PL.segment_action("lost"), PL.text("action-lost"));
}

#[test]
fn words_may_be_used_from_any_thread() {
    fn usable_everywhere<T: Send + Sync + Copy>() {}
    usable_everywhere::<Words>();
    let said = std::thread::spawn(|| PL.number(0.5, 1)).join().unwrap();
    assert_eq!(said, "0,5");
}

#[test]
fn persian_can_be_written_with_the_gregorian_calendar_and_latin_digits() {
    // 22 November 2026 is 1 Azar 1405 by the official calendar of Iran.
    let day = "2026-11-22";
    assert_eq!(FA.date_long(day), "۱ آذر ۱۴۰۵");
    assert_eq!(FA.written(Calendar::Usual, Digits::Latin).date_long(day), "1 آذر 1405");
    assert_eq!(FA.written(Calendar::Gregorian, Digits::Usual).date_long(day), "۲۲ نوامبر ۲۰۲۶");
    let latin = FA.written(Calendar::Gregorian, Digits::Latin);
    assert_eq!(latin.date_long(day), "22 نوامبر 2026");
    assert_eq!((latin.number(1234.5, 1), latin.percent(0.25, 0)), ("1,234.5".to_owned(), "25%".to_owned()));
    assert!(latin.with("span-ago", &[("count", 3.into()), ("unit", "week".into())]).contains('3'));
    assert!(FA.with("span-ago", &[("count", 3.into()), ("unit", "week".into())]).contains('۳'));
}

#[test]
fn figures_and_days_can_be_written_for_programs() {
    for language in Language::ALL {
        let w = words(language).plain();
        assert_eq!(
            (w.number(1234567.891, 2), w.number(-3.0, 0), w.number(f64::NAN, 2)),
            ("1234567.89".into(), "-3".into(), String::new())
        );
        assert_eq!((w.percent(0.0874, 1), w.compact(1_234_567.0)), ("0.087".to_owned(), "1234567.00".to_owned()));
        assert_eq!((w.money(-1234.5, Some("EUR")), w.money(1200.0, Some("JPY"))), ("-1234.50".into(), "1200".into()));
        assert_eq!(
            (w.date("2026-01-31"), w.date_long("2026-01-31"), w.month("2026-01")),
            ("2026-01-31".into(), "2026-01-31".into(), "2026-01".into())
        );
        assert_eq!(w.clock(NaiveTime::from_hms_opt(9, 5, 59).unwrap()), "09:05");
        assert_eq!(w.text("reason-returned"), words(language).text("reason-returned"), "words stay words");
    }
}
