//! From names of files to text: patterns, standard input, compression and letters.

use super::IngestError;
use super::options::Encoding;
use encoding_rs::{Decoder, DecoderResult};
use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tempfile::TempPath;

/// How a file is packed, told by its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Container {
    Plain,
    Gzip,
    Zstd,
    Parquet,
}

/// One file to read.
#[derive(Debug, Clone)]
pub(super) struct Source {
    /// As the user knows it.
    pub(super) name: String,
    pub(super) path: PathBuf,
    pub(super) size: u64,
    pub(super) container: Container,
    /// Keeps what was spooled from standard input until the last reader is done.
    _spooled: Option<Arc<TempPath>>,
}

/// Finds the files that names, patterns and `-` stand for, each once.
pub(super) fn find(paths: &[String]) -> Result<Vec<Source>, IngestError> {
    let mut sources = Vec::new();
    for name in paths {
        if name == "-" {
            sources.push(spool()?);
        } else if Path::new(name).exists() || !name.contains(['*', '?', '[']) {
            sources.push(Source::open(name.clone(), PathBuf::from(name), None)?);
        } else {
            sources.extend(matches(name)?);
        }
    }
    let mut seen = HashSet::new();
    sources.retain(|source| seen.insert(source.path.canonicalize().unwrap_or_else(|_| source.path.clone())));
    if sources.is_empty() { Err(IngestError::NoFiles) } else { Ok(sources) }
}

fn matches(pattern: &str) -> Result<Vec<Source>, IngestError> {
    let bad = |error: glob::PatternError| IngestError::BadPattern {
        pattern: pattern.to_owned(),
        detail: error.msg.to_owned(),
    };
    let mut found = Vec::new();
    for path in glob::glob(pattern).map_err(bad)? {
        let path = path.map_err(|error| IngestError::io(pattern)(error.into()))?;
        if path.is_file() {
            found.push(Source::open(path.display().to_string(), path, None)?);
        }
    }
    if found.is_empty() { Err(IngestError::NoMatch { pattern: pattern.to_owned() }) } else { Ok(found) }
}

/// Standard input can be read once, the search for columns and formats needs two looks.
fn spool() -> Result<Source, IngestError> {
    let name = "standard input";
    let mut file = tempfile::NamedTempFile::new().map_err(IngestError::io(name))?;
    io::copy(&mut io::stdin().lock(), &mut file).map_err(IngestError::io(name))?;
    let path = file.into_temp_path();
    Source::open(name.to_owned(), path.to_path_buf(), Some(Arc::new(path)))
}

impl Source {
    fn open(name: String, path: PathBuf, spooled: Option<Arc<TempPath>>) -> Result<Self, IngestError> {
        let unsupported =
            |kind: &str, advice| IngestError::Unsupported { path: name.clone(), kind: kind.to_owned(), advice };
        if path.is_dir() {
            return Err(unsupported("a folder", "name the files in it with a pattern such as 'folder/*.csv'"));
        }
        let mut file = File::open(&path).map_err(IngestError::io(&name))?;
        let size = file.metadata().map_err(IngestError::io(&name))?.len();
        let mut magic = [0; 4];
        let length = file.read(&mut magic).map_err(IngestError::io(&name))?;
        let container = match &magic[..length] {
            [] => return Err(IngestError::Empty { path: name }),
            b"PAR1" => Container::Parquet,
            [0x1f, 0x8b, ..] => Container::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd] => Container::Zstd,
            b"PK\x03\x04" => return Err(unsupported("an Excel workbook or a zip archive", "save it as CSV")),
            [0xd0, 0xcf, 0x11, 0xe0] => return Err(unsupported("an old Excel workbook", "save it as CSV")),
            _ => Container::Plain,
        };
        Ok(Self { name, path, size, container, _spooled: spooled })
    }

    /// The unpacked bytes; `progress` counts the packed ones.
    pub(super) fn bytes<'a>(&self, progress: Option<&'a AtomicU64>) -> Result<Box<dyn Read + Send + 'a>, IngestError> {
        let file = File::open(&self.path).map_err(IngestError::io(&self.name))?;
        let counted = Counted { file, progress };
        Ok(match self.container {
            Container::Gzip => Box::new(flate2::read::MultiGzDecoder::new(counted)),
            Container::Zstd => Box::new(zstd::Decoder::new(counted).map_err(IngestError::io(&self.name))?),
            Container::Plain | Container::Parquet => Box::new(counted),
        })
    }

    /// The first unpacked bytes, and whether that is all there is.
    pub(super) fn head(&self, most: usize) -> Result<(Vec<u8>, bool), IngestError> {
        let mut head = Vec::new();
        let wanted = most as u64 + 1;
        self.bytes(None)?.take(wanted).read_to_end(&mut head).map_err(IngestError::io(&self.name))?;
        let complete = head.len() <= most;
        head.truncate(most);
        Ok((head, complete))
    }
}

struct Counted<'a> {
    file: File,
    progress: Option<&'a AtomicU64>,
}

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.file.read(buffer)?;
        if let Some(progress) = self.progress {
            progress.fetch_add(length as u64, Ordering::Relaxed);
        }
        Ok(length)
    }
}

/// Stands where bytes could not be decoded: a noncharacter, which no text contains.
pub(super) const UNREADABLE: char = '\u{FFFF}';

/// Bytes in some encoding, decoded piece by piece.
pub(super) struct Text<'a> {
    bytes: Box<dyn Read + Send + 'a>,
    raw: Vec<u8>,
    /// Bytes at the start of `raw` that were read but not decoded.
    kept: usize,
    /// `None` while all bytes were ASCII and the encoding is still open.
    decoder: Option<Decoder>,
    ended: bool,
}

const CHUNK: usize = 256 * 1024;
/// Bytes that are enough to guess an encoding from.
const GUESS: usize = 4 * 1024;

impl<'a> Text<'a> {
    pub(super) fn new(bytes: Box<dyn Read + Send + 'a>, encoding: Option<Encoding>) -> Self {
        Self { bytes, raw: vec![0; CHUNK], kept: 0, decoder: encoding.map(decoder), ended: false }
    }

    /// Appends more text; false at the end.
    pub(super) fn read_more(&mut self, text: &mut String) -> io::Result<bool> {
        if self.ended {
            return Ok(false);
        }
        let length = self.fill()?;
        let raw = &self.raw[..length];
        if self.decoder.is_none() {
            let first_letter = || raw.iter().position(|byte| !byte.is_ascii()).unwrap_or(length);
            let plain = if raw.is_ascii() { length } else { first_letter() };
            // Too little to guess from: it waits for the bytes that follow.
            let too_little = plain == length || (length - plain < GUESS && !self.ended);
            if too_little && let Ok(ascii) = std::str::from_utf8(&raw[..plain]) {
                text.push_str(ascii);
                self.raw.copy_within(plain..length, 0);
                self.kept = length - plain;
                return Ok(true);
            }
            self.decoder = Some(decoder(guess_encoding(raw).unwrap_or(Encoding::Utf8)));
        }
        if let Some(decoder) = &mut self.decoder {
            decode(decoder, raw, text, self.ended);
        }
        Ok(true)
    }

    /// Fills the chunk, so that a guess of the encoding has something to look at; gives its length.
    fn fill(&mut self) -> io::Result<usize> {
        let mut length = std::mem::take(&mut self.kept);
        while length < CHUNK {
            match self.bytes.read(&mut self.raw[length..])? {
                0 => {
                    self.ended = true;
                    break;
                }
                more => length += more,
            }
        }
        Ok(length)
    }
}

fn decode(decoder: &mut Decoder, mut raw: &[u8], text: &mut String, last: bool) {
    loop {
        // Only an overflow of usize has no answer here.
        text.reserve(decoder.max_utf8_buffer_length_without_replacement(raw.len()).unwrap_or(raw.len()) + 4);
        let (result, read) = decoder.decode_to_string_without_replacement(raw, text, last);
        raw = &raw[read..];
        match result {
            DecoderResult::InputEmpty => return,
            DecoderResult::OutputFull => {}
            DecoderResult::Malformed(..) => text.push(UNREADABLE),
        }
    }
}

fn decoder(encoding: Encoding) -> Decoder {
    let coding = match encoding {
        Encoding::Utf8 => encoding_rs::UTF_8,
        Encoding::Utf16Le => encoding_rs::UTF_16LE,
        Encoding::Utf16Be => encoding_rs::UTF_16BE,
        Encoding::Windows1250 => encoding_rs::WINDOWS_1250,
        Encoding::Windows1251 => encoding_rs::WINDOWS_1251,
        Encoding::Windows1252 => encoding_rs::WINDOWS_1252,
    };
    coding.new_decoder_with_bom_removal()
}

/// Whether these bytes are no text at all: text has no control characters but line ends and tabs.
pub(super) fn is_binary(bytes: &[u8], encoding: Option<Encoding>) -> bool {
    let wide = matches!(encoding, Some(Encoding::Utf16Le | Encoding::Utf16Be));
    let control = |byte: &&u8| **byte < 9 || (14..27).contains(*byte);
    let head = &bytes[..bytes.len().min(64 * 1024)];
    !wide && head.iter().filter(control).count() * 200 > head.len()
}

/// The encoding of a piece of text; `None` where all is ASCII and there is no mark.
pub(super) fn guess_encoding(bytes: &[u8]) -> Option<Encoding> {
    match bytes {
        [0xef, 0xbb, 0xbf, ..] => return Some(Encoding::Utf8),
        [0xff, 0xfe, ..] => return Some(Encoding::Utf16Le),
        [0xfe, 0xff, ..] => return Some(Encoding::Utf16Be),
        _ if bytes.is_ascii() => return None,
        _ => {}
    }
    let (mut letters, mut broken) = (0_usize, 0_usize);
    for chunk in bytes.utf8_chunks() {
        letters += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        broken += usize::from(!chunk.invalid().is_empty());
    }
    // A cut at the end breaks one letter, and damage a few; another encoding breaks most.
    if broken <= 1 && letters > 0 || broken * 10 <= letters {
        return Some(Encoding::Utf8);
    }
    Some(guess_code_page(bytes))
}

/// Cyrillic words are runs of high bytes; Latin letters with marks stand between plain ones. Of the two Latin pages,
/// only the Central European one has letters where the Western has signs.
fn guess_code_page(bytes: &[u8]) -> Encoding {
    let high = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(|byte| *byte >= 0x80);
    let letter = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_alphabetic);
    let (mut total, mut in_runs, mut central) = (0_usize, 0_usize, 0_usize);
    for (at, byte) in bytes.iter().enumerate().filter(|(_, byte)| **byte >= 0x80) {
        let (before, after) = (at.checked_sub(1), Some(at + 1));
        total += 1;
        in_runs += usize::from((*byte >= 0xc0 || matches!(byte, 0xa8 | 0xb8)) && (high(before) || high(after)));
        // In Polish ł, Ł, ą, Ą, ż, Ż, ź, Ź, in Slovak and Romanian ľ, ş; in Western text ³, £, ¹, ¥, ¿, ¯, Ÿ, ¾, º.
        let sign = matches!(byte, 0xb3 | 0xa3 | 0xb9 | 0xa5 | 0xbf | 0xaf | 0x9f | 0x8f | 0xbe | 0xba);
        central += usize::from(sign && (letter(before) || letter(after)));
    }
    if in_runs * 2 > total {
        Encoding::Windows1251
    } else if central * 5 >= total {
        Encoding::Windows1250
    } else {
        Encoding::Windows1252
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_are_told_apart_by_their_letters() {
        use encoding_rs::{WINDOWS_1250, WINDOWS_1251, WINDOWS_1252};
        let polish = "Zażółć gęślą jaźń; kwota zamówienia; Łódź";
        let russian = "Клиент;Дата заказа;Сумма, руб.";
        let french = "Prénom;Montant payé;Où ça? à côté";
        let german = "Größe;Straße;Käufer;Müller 100 m³";
        assert_eq!(guess_encoding(polish.as_bytes()), Some(Encoding::Utf8));
        assert_eq!(guess_encoding(b"plain"), None);
        assert_eq!(guess_encoding(&WINDOWS_1250.encode(polish).0), Some(Encoding::Windows1250));
        assert_eq!(guess_encoding(&WINDOWS_1251.encode(russian).0), Some(Encoding::Windows1251));
        assert_eq!(guess_encoding(&WINDOWS_1252.encode(french).0), Some(Encoding::Windows1252));
        assert_eq!(guess_encoding(&WINDOWS_1252.encode(german).0), Some(Encoding::Windows1252));
    }

    #[test]
    fn letters_split_between_chunks_stay_whole() {
        let text = format!("{}ż{}", "x".repeat(CHUNK - 1), "y".repeat(10));
        let mut reader = Text::new(Box::new(io::Cursor::new(text.clone().into_bytes())), None);
        let mut read = String::new();
        while reader.read_more(&mut read).unwrap() {}
        assert_eq!(read, text);
    }

    #[test]
    fn bytes_that_are_no_letters_are_marked() {
        let mut text = "żółw ".repeat(20).into_bytes();
        text.extend_from_slice(b"a\xffb");
        let mut reader = Text::new(Box::new(io::Cursor::new(text)), Some(Encoding::Utf8));
        let mut read = String::new();
        while reader.read_more(&mut read).unwrap() {}
        assert!(read.ends_with(&format!("a{UNREADABLE}b")));
    }
}
