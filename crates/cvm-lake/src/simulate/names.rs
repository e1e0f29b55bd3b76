//! Common first names, surnames and cities of four languages. Every person made of them is invented.

/// One language with what its speakers are called and where they live.
pub(super) struct Locale {
    pub(super) language: &'static str,
    pub(super) share: f64,
    /// As written, and in Latin letters for e-mail addresses.
    pub(super) female: [(&'static str, &'static str); 14],
    pub(super) male: [(&'static str, &'static str); 14],
    pub(super) surnames: [Surname; 16],
    /// City and country code.
    pub(super) cities: [(&'static str, &'static str); 6],
}

/// A surname as men and women bear it.
pub(super) struct Surname {
    pub(super) male: &'static str,
    pub(super) female: &'static str,
    pub(super) latin: &'static str,
    pub(super) latin_female: &'static str,
}

const fn name(male: &'static str, female: &'static str, latin: &'static str, latin_female: &'static str) -> Surname {
    Surname { male, female, latin, latin_female }
}

const fn same(name: &'static str, latin: &'static str) -> Surname {
    Surname { male: name, female: name, latin, latin_female: latin }
}

pub(super) const LOCALES: [Locale; 4] = [
    Locale {
        language: "en",
        share: 0.35,
        female: [
            ("Alice", "alice"), ("Amelia", "amelia"), ("Charlotte", "charlotte"), ("Emily", "emily"), ("Grace", "grace"),
            ("Hannah", "hannah"), ("Isla", "isla"), ("Jane", "jane"), ("Lucy", "lucy"), ("Mary", "mary"),
            ("Olivia", "olivia"), ("Rose", "rose"), ("Sarah", "sarah"), ("Zoe", "zoe"),
        ],
        male: [
            ("Adam", "adam"), ("Arthur", "arthur"), ("Daniel", "daniel"), ("Edward", "edward"), ("George", "george"),
            ("Harry", "harry"), ("Jack", "jack"), ("James", "james"), ("Liam", "liam"), ("Noah", "noah"),
            ("Oliver", "oliver"), ("Patrick", "patrick"), ("Thomas", "thomas"), ("William", "william"),
        ],
        surnames: [
            same("Baker", "baker"), same("Brown", "brown"), same("Byrne", "byrne"), same("Clark", "clark"),
            same("Evans", "evans"), same("Green", "green"), same("Hall", "hall"), same("Hughes", "hughes"),
            same("Jones", "jones"), same("Kelly", "kelly"), same("Murphy", "murphy"), same("Roberts", "roberts"),
            same("Smith", "smith"), same("Taylor", "taylor"), same("Walker", "walker"), same("Wright", "wright"),
        ],
        cities: [
            ("London", "GB"), ("Manchester", "GB"), ("Leeds", "GB"), ("Edinburgh", "GB"), ("Dublin", "IE"),
            ("Cork", "IE"),
        ],
    },
    Locale {
        language: "pl",
        share: 0.30,
        female: [
            ("Agnieszka", "agnieszka"), ("Anna", "anna"), ("Barbara", "barbara"), ("Ewa", "ewa"), ("Hanna", "hanna"),
            ("Joanna", "joanna"), ("Katarzyna", "katarzyna"), ("Łucja", "lucja"), ("Magdalena", "magdalena"),
            ("Małgorzata", "malgorzata"), ("Maria", "maria"), ("Zofia", "zofia"), ("Żaneta", "zaneta"), ("Julia", "julia"),
        ],
        male: [
            ("Adam", "adam"), ("Andrzej", "andrzej"), ("Jakub", "jakub"), ("Jan", "jan"), ("Krzysztof", "krzysztof"),
            ("Łukasz", "lukasz"), ("Marek", "marek"), ("Michał", "michal"), ("Paweł", "pawel"), ("Piotr", "piotr"),
            ("Stanisław", "stanislaw"), ("Tomasz", "tomasz"), ("Wojciech", "wojciech"), ("Rafał", "rafal"),
        ],
        surnames: [
            same("Nowak", "nowak"), name("Kowalski", "Kowalska", "kowalski", "kowalska"),
            name("Wiśniewski", "Wiśniewska", "wisniewski", "wisniewska"), same("Wójcik", "wojcik"),
            same("Kowalczyk", "kowalczyk"), name("Kamiński", "Kamińska", "kaminski", "kaminska"),
            name("Lewandowski", "Lewandowska", "lewandowski", "lewandowska"),
            name("Zieliński", "Zielińska", "zielinski", "zielinska"), same("Szymczak", "szymczak"),
            same("Woźniak", "wozniak"), name("Dąbrowski", "Dąbrowska", "dabrowski", "dabrowska"),
            same("Mazur", "mazur"), same("Krawczyk", "krawczyk"), same("Pawlak", "pawlak"), same("Duda", "duda"),
            same("Wróbel", "wrobel"),
        ],
        cities: [
            ("Warszawa", "PL"), ("Kraków", "PL"), ("Łódź", "PL"), ("Wrocław", "PL"), ("Gdańsk", "PL"), ("Poznań", "PL"),
        ],
    },
    Locale {
        language: "ru",
        share: 0.20,
        female: [
            ("Анна", "anna"), ("Вера", "vera"), ("Дарья", "darya"), ("Екатерина", "ekaterina"), ("Елена", "elena"),
            ("Ирина", "irina"), ("Мария", "maria"), ("Наталья", "natalya"), ("Ольга", "olga"), ("Светлана", "svetlana"),
            ("София", "sofia"), ("Татьяна", "tatyana"), ("Юлия", "yulia"), ("Полина", "polina"),
        ],
        male: [
            ("Александр", "alexander"), ("Алексей", "alexey"), ("Андрей", "andrey"), ("Борис", "boris"),
            ("Виктор", "viktor"), ("Дмитрий", "dmitry"), ("Иван", "ivan"), ("Максим", "maxim"), ("Михаил", "mikhail"),
            ("Николай", "nikolay"), ("Павел", "pavel"), ("Пётр", "pyotr"), ("Сергей", "sergey"), ("Фёдор", "fyodor"),
        ],
        surnames: [
            name("Иванов", "Иванова", "ivanov", "ivanova"), name("Смирнов", "Смирнова", "smirnov", "smirnova"),
            name("Кузнецов", "Кузнецова", "kuznetsov", "kuznetsova"), name("Попов", "Попова", "popov", "popova"),
            name("Васильев", "Васильева", "vasilyev", "vasilyeva"), name("Петров", "Петрова", "petrov", "petrova"),
            name("Соколов", "Соколова", "sokolov", "sokolova"), name("Михайлов", "Михайлова", "mikhaylov", "mikhaylova"),
            name("Новиков", "Новикова", "novikov", "novikova"), name("Фёдоров", "Фёдорова", "fyodorov", "fyodorova"),
            name("Морозов", "Морозова", "morozov", "morozova"), name("Волков", "Волкова", "volkov", "volkova"),
            name("Лебедев", "Лебедева", "lebedev", "lebedeva"), name("Козлов", "Козлова", "kozlov", "kozlova"),
            name("Зайцев", "Зайцева", "zaytsev", "zaytseva"), same("Шевченко", "shevchenko"),
        ],
        cities: [
            ("Москва", "RU"), ("Казань", "RU"), ("Самара", "RU"), ("Алматы", "KZ"), ("Астана", "KZ"), ("Рига", "LV"),
        ],
    },
    Locale {
        language: "fa",
        share: 0.15,
        female: [
            ("آناهیتا", "anahita"), ("الهام", "elham"), ("پریسا", "parisa"), ("ترانه", "taraneh"), ("رویا", "roya"),
            ("زهرا", "zahra"), ("سارا", "sara"), ("شیرین", "shirin"), ("فاطمه", "fatemeh"), ("لیلا", "leila"),
            ("مریم", "maryam"), ("مینا", "mina"), ("نرگس", "narges"), ("نسرین", "nasrin"),
        ],
        male: [
            ("آرش", "arash"), ("امیر", "amir"), ("بهرام", "bahram"), ("پویا", "pouya"), ("جمشید", "jamshid"),
            ("حسین", "hossein"), ("داریوش", "dariush"), ("رضا", "reza"), ("سهراب", "sohrab"), ("علی", "ali"),
            ("فرهاد", "farhad"), ("کاوه", "kaveh"), ("محمد", "mohammad"), ("مهدی", "mehdi"),
        ],
        surnames: [
            same("احمدی", "ahmadi"), same("اکبری", "akbari"), same("باقری", "bagheri"), same("تهرانی", "tehrani"),
            same("جعفری", "jafari"), same("حسینی", "hosseini"), same("رحیمی", "rahimi"), same("رضایی", "rezaei"),
            same("زارع", "zare"), same("شریفی", "sharifi"), same("صادقی", "sadeghi"), same("فرهادی", "farhadi"),
            same("کریمی", "karimi"), same("محمدی", "mohammadi"), same("مرادی", "moradi"), same("یزدانی", "yazdani"),
        ],
        cities: [
            ("تهران", "IR"), ("مشهد", "IR"), ("اصفهان", "IR"), ("شیراز", "IR"), ("تبریز", "IR"), ("رشت", "IR"),
        ],
    },
];
