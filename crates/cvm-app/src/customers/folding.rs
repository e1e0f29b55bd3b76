//! How text is written so that it is found however it is typed: without capitals, accents, and the several ways in which one
//! letter can be stored.

use icu_normalizer::DecomposingNormalizerBorrowed;

/// Text as it is looked for: `Łódź` and `lodz` are the same, and so are `ك` and `ک`, `۷` and `7`, `ё` and `е`.
pub(super) fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let mut folded = String::with_capacity(text.len());
    for letter in DecomposingNormalizerBorrowed::new_nfkd().normalize(&text.to_lowercase()).chars() {
        match letter {
            // Marks above and below letters, also Arabic vowels; joiners; and the line that only stretches a word.
            '\u{300}'..='\u{36f}' | '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{200b}'..='\u{200f}' | '\u{640}' => {}
            'ł' => folded.push('l'),
            'ø' => folded.push('o'),
            'đ' | 'ð' => folded.push('d'),
            'ı' => folded.push('i'),
            'ß' => folded.push_str("ss"),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            'þ' => folded.push_str("th"),
            'ي' | 'ى' => folded.push('ی'),
            'ك' => folded.push('ک'),
            'ة' => folded.push('ه'),
            '۰'..='۹' => folded.push(digit(letter, '۰')),
            '٠'..='٩' => folded.push(digit(letter, '٠')),
            letter => folded.push(letter),
        }
    }
    folded
}

fn digit(letter: char, zero: char) -> char {
    char::from(b'0' + (u32::from(letter) - u32::from(zero)) as u8)
}

/// Only its digits.
pub(super) fn digits(text: &str) -> String {
    fold(text).chars().filter(char::is_ascii_digit).collect()
}

/// What is looked for in the words of a customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Needle {
    /// At the beginning of a word.
    Word(String),
    /// Anywhere: part of a phone number or of a card.
    Digits(String),
}

/// Digits that are looked for within longer numbers; fewer begin one.
const DIGITS_MIN: usize = 3;

/// What somebody typed, piece by piece. A phone number may have spaces, dashes and brackets, and begin with `+` or `00`; a zero
/// that stands for the country is left out.
pub(super) fn needles(typed: &str) -> Vec<Needle> {
    let folded = fold(typed);
    let is_number = |letter: char| letter.is_ascii_digit() || " +-().\u{a0}/".contains(letter);
    let found = digits(typed);
    if found.len() >= DIGITS_MIN && folded.chars().all(is_number) {
        let found = found.trim_start_matches('0');
        return (!found.is_empty()).then(|| Needle::Digits(found.to_owned())).into_iter().collect();
    }
    let words = folded.split(|letter: char| letter.is_whitespace() || letter == ',').filter(|word| !word.is_empty());
    words.take(WORDS_MAX).map(|word| Needle::Word(word.to_owned())).collect()
}

/// Words looked for at most.
const WORDS_MAX: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_is_folded_alike() {
        for (written, folded) in [
            ("Łódź", "lodz"),
            ("ŻÓŁĆ", "zolc"),
            ("Müller-Straße", "muller-strasse"),
            ("Ёлкина", "елкина"),
            ("Андрей", "андреи"),
            ("علي كريمي", "علی کریمی"),
            ("علی\u{200c}پور", "علیپور"),
            ("مُحَمَّد", "محمد"),
            ("۰۹۱۲", "0912"),
            ("٠٩١٢", "0912"),
            ("Ａｎｎａ", "anna"),
            ("Anna.K@Example.ORG", "anna.k@example.org"),
        ] {
            assert_eq!(fold(written), folded, "{written}");
        }
    }

    #[test]
    fn phones_are_found_in_any_notation() {
        let phone = |digits: &str| vec![Needle::Digits(digits.to_owned())];
        for (typed, expected) in [
            ("+48 601 234 567", phone("48601234567")),
            ("0048-601-234-567", phone("48601234567")),
            ("(601) 234.567", phone("601234567")),
            ("۰۹۱۲ ۳۴۵ ۶۷۸۹", phone("9123456789")),
            ("000", vec![]),
            ("60", vec![Needle::Word("60".to_owned())]),
        ] {
            assert_eq!(needles(typed), expected, "{typed}");
        }
        let words = |words: &[&str]| words.iter().map(|word| Needle::Word((*word).to_owned())).collect::<Vec<_>>();
        assert_eq!(needles("  Nowak,Żaneta "), words(&["nowak", "zaneta"]));
        assert_eq!(needles("u-1234"), words(&["u-1234"]));
        assert_eq!(needles(""), []);
    }
}
