//! What customers write in surveys: short phrases in their own language, put together by mood and subject.

use super::dice::Dice;

/// How the customer feels, by the score.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mood {
    Bad,
    Mixed,
    Good,
}

/// Phrases of one mood: each joins a beginning and a subject.
struct Phrases {
    openings: [&'static str; 4],
    /// Delivery, prices, quality, service, choice.
    subjects: [&'static str; 5],
}

/// What someone of this language says in this mood; `late` is the complaint that was answered late.
pub(super) fn comment(locale: usize, mood: Mood, late: bool, dice: &mut Dice) -> String {
    let phrases = &PHRASES[locale][mood as usize];
    let opening = dice.pick(&phrases.openings);
    if late && dice.chance(0.7) {
        return format!("{opening} {}", LATE[locale]);
    }
    format!("{opening} {}", dice.pick(&phrases.subjects))
}

/// Said of a complaint that was answered late, in the order of the locales.
const LATE: [&str; 4] = [
    "I waited days for an answer to my complaint.",
    "Na odpowiedź na reklamację trzeba było czekać wiele dni.",
    "Ответа на жалобу пришлось ждать много дней.",
    "برای پاسخ به شکایتم روزها منتظر ماندم.",
];

const PHRASES: [[Phrases; 3]; 4] = [
    [
        Phrases {
            openings: ["Disappointing.", "Not good enough.", "I expected more.", "Never again."],
            subjects: [
                "The parcel came late.",
                "Prices have gone up too much.",
                "It broke after a week.",
                "Nobody at the service could help.",
                "What I wanted was sold out again.",
            ],
        },
        Phrases {
            openings: ["It was all right.", "Could be better.", "Fine, mostly.", "So-so."],
            subjects: [
                "Delivery could be faster.",
                "A little expensive for what it is.",
                "The quality varies.",
                "The service was polite but slow.",
                "A wider choice would be welcome.",
            ],
        },
        Phrases {
            openings: ["Very happy.", "Excellent.", "I recommend it to friends.", "Thank you!"],
            subjects: [
                "It arrived a day early.",
                "Good value for money.",
                "Solid quality.",
                "The people on the phone are kind.",
                "I always find what I need.",
            ],
        },
    ],
    [
        Phrases {
            openings: ["Rozczarowanie.", "Słabo.", "Za słabo jak na tę cenę.", "Nigdy więcej."],
            subjects: [
                "Paczka przyszła za późno.",
                "Ceny poszły za bardzo w górę.",
                "Zepsuło się po tygodniu.",
                "W obsłudze nikt nie umiał pomóc.",
                "Potrzebnego towaru znów nie było.",
            ],
        },
        Phrases {
            openings: ["Może być.", "Mogło być lepiej.", "Na ogół w porządku.", "Tak sobie."],
            subjects: [
                "Dostawa mogłaby być szybsza.",
                "Trochę za drogo.",
                "Jakość bywa różna.",
                "Obsługa uprzejma, ale powolna.",
                "Przydałby się większy wybór.",
            ],
        },
        Phrases {
            openings: ["Bardzo polecam.", "Świetnie.", "Wszystko zgodnie z opisem.", "Dziękuję!"],
            subjects: [
                "Przesyłka dotarła dzień wcześniej.",
                "Dobra cena.",
                "Solidna jakość.",
                "Miła obsługa telefoniczna.",
                "Zawsze znajduję to, czego szukam.",
            ],
        },
    ],
    [
        Phrases {
            openings: ["Разочарование.", "Плохо.", "Ожидания не оправдались.", "Больше никогда."],
            subjects: [
                "Посылка пришла с опозданием.",
                "Цены слишком выросли.",
                "Сломалось через неделю.",
                "В поддержке никто не смог помочь.",
                "Нужного товара опять не было.",
            ],
        },
        Phrases {
            openings: ["Нормально.", "Могло быть лучше.", "В целом неплохо.", "Так себе."],
            subjects: [
                "Доставка могла бы быть быстрее.",
                "Немного дорого.",
                "Качество бывает разным.",
                "Обслуживание вежливое, но медленное.",
                "Хотелось бы больше выбора.",
            ],
        },
        Phrases {
            openings: ["Отлично!", "Всё понравилось.", "Советую друзьям.", "Спасибо!"],
            subjects: [
                "Привезли на день раньше.",
                "Хорошие цены.",
                "Надёжное качество.",
                "Вежливые операторы.",
                "Всегда нахожу то, что нужно.",
            ],
        },
    ],
    [
        Phrases {
            openings: ["ناامیدکننده بود.", "خوب نبود.", "انتظار بیشتری داشتم.", "دیگر خرید نمی‌کنم."],
            subjects: [
                "بسته دیر رسید.",
                "قیمت‌ها خیلی بالا رفته است.",
                "بعد از یک هفته خراب شد.",
                "پشتیبانی نتوانست کمکی کند.",
                "کالایی که می‌خواستم باز هم موجود نبود.",
            ],
        },
        Phrases {
            openings: ["بد نبود.", "می‌توانست بهتر باشد.", "در کل خوب است.", "معمولی بود."],
            subjects: [
                "ارسال می‌تواند سریع‌تر باشد.",
                "کمی گران است.",
                "کیفیت کالاها یکسان نیست.",
                "برخورد محترمانه اما کند بود.",
                "تنوع بیشتری لازم است.",
            ],
        },
        Phrases {
            openings: ["خیلی راضی هستم.", "عالی بود.", "به دوستانم پیشنهاد می‌کنم.", "سپاسگزارم!"],
            subjects: [
                "یک روز زودتر رسید.",
                "قیمت مناسبی دارد.",
                "کیفیت خوبی دارد.",
                "پاسخ‌گویی تلفنی مهربانانه بود.",
                "همیشه چیزی را که می‌خواهم پیدا می‌کنم.",
            ],
        },
    ],
];
