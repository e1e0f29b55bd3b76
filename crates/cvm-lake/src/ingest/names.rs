//! The names under which columns of purchases go in English, Polish, Russian and Persian.

use super::options::Role;
use std::collections::HashMap;
use std::sync::LazyLock;

/// Names by role and tier: of two columns that are there, the one of the lower tier serves. Written as people write
/// them; compared without case, spaces, marks and accents.
#[rustfmt::skip] // packed, a table of words can be read at once; one word a line it is five hundred lines
const NAMES: &[(Role, u8, &[&str])] = &[
    (
        Role::Customer,
        1,
        &[
            "customer id", "customer", "customer no", "customer number", "customer code", "customer key", "cust id",
            "client id", "client", "client no", "client code", "household id", "household key", "household",
            "user id", "member id", "buyer id", "shopper id", "card id", "loyalty id", "donor id", "subscriber id",
            "customer unique id", "klient", "klient id", "id klienta", "nr klienta", "numer klienta", "kod klienta",
            "identyfikator klienta", "клиент", "id клиента", "код клиента", "номер клиента", "клиент id",
            "покупатель", "id покупателя", "код покупателя", "مشتری", "شناسه مشتری", "کد مشتری", "شماره مشتری",
        ],
    ),
    (
        Role::Customer,
        2,
        &[
            "user", "member", "buyer", "shopper", "card no", "card number", "loyalty card", "account id", "account",
            "account no", "person id", "contact id", "uid", "kontrahent", "nabywca", "odbiorca", "użytkownik",
            "id użytkownika", "nr karty", "numer karty", "karta", "контрагент", "пользователь", "id пользователя",
            "номер карты", "карта", "کاربر", "شناسه کاربر", "خریدار", "شماره کارت",
        ],
    ),
    (
        Role::Customer,
        3,
        &[
            "customer email", "email", "customer name", "phone", "phone number", "nip", "telefon",
            "telefon klienta", "email klienta", "nazwa klienta", "телефон", "имя клиента", "نام مشتری",
            "موبایل", "تلفن", "ایمیل",
        ],
    ),
    (Role::Customer, 4, &["id"]),
    (
        Role::Time,
        1,
        &[
            "transaction timestamp", "transaction date", "transaction time", "transaction datetime", "trans date",
            "order date", "order datetime", "order time", "order timestamp", "order purchase timestamp",
            "invoice date", "purchase date", "purchase time", "purchase timestamp", "purchased at", "ordered at",
            "sale date", "sales date", "date of purchase", "date of sale", "receipt date", "basket date",
            "payment date", "paid at", "data zakupu", "data zamówienia", "data transakcji", "data faktury",
            "data sprzedaży", "data wystawienia", "data paragonu", "дата покупки", "дата заказа", "дата продажи",
            "дата чека", "дата операции", "дата транзакции", "дата оплаты", "تاریخ خرید", "تاریخ سفارش",
            "تاریخ فاکتور", "تاریخ فروش", "تاریخ تراکنش",
        ],
    ),
    (
        Role::Time,
        2,
        &[
            "date", "datetime", "timestamp", "ts", "event time", "event date", "data", "data i czas",
            "data i godzina", "дата", "дата и время", "تاریخ", "تاریخ و زمان",
        ],
    ),
    (
        Role::Time,
        3,
        &[
            "time", "day", "created at", "created", "creation date", "created date", "czas", "dzień",
            "data utworzenia", "время", "день", "дата создания", "زمان", "روز", "تاریخ ثبت", "تاریخ ایجاد",
        ],
    ),
    (
        Role::Amount,
        1,
        &[
            "amount", "total amount", "sales value", "sales amount", "line total", "line amount", "order amount",
            "order value", "order total", "invoice amount", "invoice total", "transaction amount",
            "transaction value", "purchase amount", "purchase value", "basket value", "payment amount",
            "payment value", "amount paid", "net sales", "revenue", "turnover", "dollar value", "total price",
            "extended price", "money spent", "spend", "spent", "kwota", "wartość", "kwota brutto", "wartość brutto",
            "wartość zamówienia", "kwota zamówienia", "wartość sprzedaży", "wartość transakcji", "kwota transakcji",
            "wartość pozycji", "do zapłaty", "przychód", "сумма", "сумма заказа", "сумма покупки", "сумма чека",
            "сумма продажи", "стоимость заказа", "выручка", "сумма операции", "сумма руб", "مبلغ", "مبلغ کل",
            "مبلغ خرید", "مبلغ سفارش", "مبلغ فاکتور", "مبلغ فروش", "مبلغ پرداختی", "مبلغ نهایی", "جمع کل",
        ],
    ),
    (
        Role::Amount,
        2,
        &[
            "total", "grand total", "sales", "sum", "value", "net amount", "gross amount", "paid", "monetary",
            "total value", "total sales", "suma", "razem", "kwota netto", "wartość netto", "sprzedaż", "obrót",
            "zapłacono", "стоимость", "итого", "всего", "оборот", "продажи", "جمع", "ارزش", "فروش", "کل",
        ],
    ),
    (Role::Amount, 3, &["subtotal", "donation", "payment", "płatność", "платеж", "оплата", "پرداخت"]),
    (
        Role::Quantity,
        1,
        &[
            "quantity", "qty", "units", "pieces", "number of units", "items", "number of items", "item count",
            "order quantity", "number of cds", "ilość", "liczba sztuk", "sztuk", "szt", "ilość sztuk", "количество",
            "кол-во", "штук", "шт", "تعداد", "مقدار",
        ],
    ),
    (
        Role::UnitPrice,
        1,
        &[
            "unit price", "price per unit", "price each", "item price", "cena jednostkowa", "cena jedn", "cena za szt",
            "cena za sztukę", "cena jednostkowa brutto", "цена за единицу", "цена за штуку", "цена за шт", "قیمت واحد",
            "فی",
        ],
    ),
    (Role::UnitPrice, 2, &["price", "cena", "cena brutto", "цена", "قیمت", "بها"]),
    (
        Role::Order,
        1,
        &[
            "order id", "order no", "order number", "order", "invoice", "invoice no", "invoice number", "invoice id",
            "basket id", "basket", "transaction id", "transaction no", "transaction number", "receipt", "receipt id",
            "receipt no", "receipt number", "ticket id", "bill no", "bill id", "zamówienie", "id zamówienia",
            "nr zamówienia", "numer zamówienia", "faktura", "nr faktury", "numer faktury", "paragon", "nr paragonu",
            "numer paragonu", "id transakcji", "nr transakcji", "заказ", "id заказа", "номер заказа", "код заказа",
            "чек", "номер чека", "id чека", "счет", "номер счета", "سفارش", "شماره سفارش", "شناسه سفارش", "کد سفارش",
            "فاکتور", "شماره فاکتور", "شناسه تراکنش",
        ],
    ),
    (
        Role::Product,
        1,
        &[
            "product id", "product", "product code", "sku", "stock code", "item id", "item code", "item", "article",
            "article id", "article no", "ean", "upc", "produkt", "id produktu", "kod produktu", "towar", "kod towaru",
            "artykuł", "indeks", "товар", "id товара", "код товара", "артикул", "номенклатура", "продукт", "محصول",
            "شناسه محصول", "کد محصول", "کالا", "کد کالا",
        ],
    ),
    (
        Role::Product,
        2,
        &[
            "product name", "item name", "description", "product description", "nazwa produktu", "nazwa towaru",
            "nazwa", "название товара", "наименование", "نام محصول", "نام کالا",
        ],
    ),
    (
        Role::Category,
        1,
        &[
            "category", "product category", "category name", "category id", "category code", "department",
            "product group", "product type", "kategoria", "kategoria produktu", "grupa", "grupa towarowa", "dział",
            "категория", "категория товара", "группа", "группа товаров", "отдел", "دسته", "دسته بندی",
            "گروه", "گروه کالا", "دسته محصول",
        ],
    ),
    (
        Role::Channel,
        1,
        &[
            "channel", "sales channel", "order channel", "purchase channel", "kanał", "kanał sprzedaży", "канал",
            "канал продаж", "کانال", "کانال فروش",
        ],
    ),
    (
        Role::Currency,
        1,
        &[
            "currency", "currency code", "waluta", "kod waluty", "валюта", "код валюты", "ارز", "واحد پول", "نوع ارز",
        ],
    ),
    (
        Role::Cost,
        1,
        &[
            "cost", "total cost", "line cost", "cost amount", "cogs", "cost of goods sold", "koszt", "koszt własny",
            "koszt sprzedaży", "koszty", "себестоимость", "затраты", "هزینه", "بهای تمام شده",
        ],
    ),
    (Role::Cost, 2, UNIT_COSTS),
    (
        Role::Start,
        1,
        &[
            "start", "start date", "started at", "started", "start time", "contract start", "contract start date",
            "subscription start", "subscription start date", "subscribed at", "subscription date", "signup date",
            "signed up at", "signup", "join date", "joined", "joined at", "join time",
            "activation date", "activated at", "registration date", "date joined", "valid from", "begin", "begin date",
            "data rozpoczęcia", "początek", "data początku", "początek umowy", "data zawarcia", "data podpisania",
            "od", "data od", "data aktywacji", "rozpoczęcie", "дата начала", "начало", "начало договора",
            "дата подключения", "дата заключения", "дата активации", "с даты", "تاریخ شروع", "شروع", "آغاز",
            "تاریخ آغاز", "تاریخ عضویت", "تاریخ فعال سازی",
        ],
    ),
    (Role::Start, 2, &["created at", "created", "from", "data utworzenia", "дата создания", "از", "از تاریخ"]),
    (
        Role::End,
        1,
        &[
            "end", "end date", "ended at", "ended", "end time", "contract end", "contract end date",
            "subscription end", "subscription end date", "cancelled at", "canceled at", "cancel date",
            "cancellation date", "canceled date", "cancelled date", "churn date", "churned at", "termination date",
            "terminated at", "left at", "leave date", "exit date", "closed at", "close date", "data zakończenia",
            "koniec", "data końca", "koniec umowy", "data rozwiązania", "data rezygnacji", "data odejścia",
            "zakończenie", "дата окончания", "окончание", "конец", "конец договора", "дата расторжения",
            "дата отключения", "дата ухода", "дата завершения", "تاریخ پایان", "پایان", "تاریخ لغو", "تاریخ خاتمه",
            "تاریخ فسخ",
        ],
    ),
    (
        Role::End,
        2,
        &[
            "to", "until", "valid to", "valid until", "expires at", "expiry date", "expiration date", "do", "data do",
            "ważna do", "по дату", "действует до", "تا", "تا تاریخ", "تاریخ انقضا",
        ],
    ),
    (
        Role::Tenure,
        1,
        &[
            "tenure", "tenure months", "tenure in months", "tenure years", "tenure weeks", "months active",
            "months as customer", "months on book", "account length", "periods survived", "renewal periods survived",
            "staż", "staż w miesiącach", "staż miesiące", "czas trwania", "liczba miesięcy", "стаж", "срок",
            "срок в месяцах", "длительность", "сколько месяцев", "سابقه", "مدت", "مدت عضویت", "مدت قرارداد",
            "تعداد ماه",
        ],
    ),
    (
        Role::Tenure,
        2,
        &["months", "periods", "duration", "lifetime", "recency", "miesiące", "okresy", "месяцев", "периодов", "ماه"],
    ),
    (Role::Observed, 1, &["t", "periods observed", "observed", "observed periods", "periods seen"]),
    (Role::Churned, 1, ENDED),
    (Role::Churned, 2, ACTIVE),
    (
        Role::Value,
        1,
        &[
            "monthly charges", "monthly charge", "monthly fee", "monthly price", "monthly value", "monthly revenue",
            "monthly amount", "mrr", "arpu", "recurring revenue", "subscription price", "subscription fee",
            "plan price", "annual fee", "yearly fee", "weekly fee", "opłata miesięczna", "abonament",
            "abonament miesięczny", "cena miesięczna", "wartość miesięczna", "składka", "ежемесячная плата",
            "абонентская плата", "абонплата", "ежемесячный платеж", "стоимость в месяц", "هزینه ماهانه",
            "حق اشتراک", "مبلغ ماهانه", "آبونمان", "شهریه",
        ],
    ),
    (
        Role::Value,
        2,
        &["price", "fee", "amount", "value", "cena", "opłata", "kwota", "цена", "плата", "сумма", "قیمت", "مبلغ"],
    ),
];

/// Columns where yes means that the contract has ended.
#[rustfmt::skip]
const ENDED: &[&str] = &[
    "churn", "churned", "is churned", "churn flag", "churn label", "exited", "attrition", "attrition flag",
    "cancelled", "canceled", "is cancelled", "is canceled", "left", "lost", "ended", "has left", "odejście",
    "odszedł", "zrezygnował", "rezygnacja", "zakończona", "zakończony", "отток", "ушел", "расторгнут", "завершен",
    "ریزش", "لغو شده", "رفته",
];

/// Columns where yes means that it is active.
#[rustfmt::skip]
const ACTIVE: &[&str] = &[
    "active", "is active", "still active", "status", "contract status", "subscription status", "account status",
    "customer status", "state", "alive", "retained", "aktywny", "aktywna", "czy aktywny", "czy aktywna", "stan",
    "stan umowy", "status umowy", "активен", "активный", "действует", "статус", "статус договора", "состояние",
    "فعال", "وضعیت", "وضعیت قرارداد", "هنوز فعال",
];

/// Costs of one piece, to be multiplied by the quantity.
#[rustfmt::skip]
const UNIT_COSTS: &[&str] = &[
    "unit cost", "cost price", "cost per unit", "purchase price", "buying price", "koszt jednostkowy", "cena zakupu",
    "закупочная цена", "цена закупки", "себестоимость за единицу", "قیمت خرید",
];

static INDEX: LazyLock<HashMap<String, Vec<(Role, u8)>>> = LazyLock::new(|| {
    let mut index: HashMap<String, Vec<(Role, u8)>> = HashMap::new();
    for (role, tier, names) in NAMES {
        for name in *names {
            index.entry(normal(name)).or_default().push((*role, *tier));
        }
    }
    index
});

/// The tier of a column's name for a role: 1 where it says it plainly, more where less so, `None` where it does not.
pub(super) fn tier(name: &str, role: Role) -> Option<u8> {
    INDEX.get(&normal(name))?.iter().find(|(known, _)| *known == role).map(|(_, tier)| *tier)
}

/// Whether the name is one of a column at all.
pub(super) fn is_known(name: &str) -> bool {
    INDEX.contains_key(&normal(name))
}

/// Whether a cost of this name is that of one piece.
pub(super) fn is_unit_cost(name: &str) -> bool {
    let name = normal(name);
    UNIT_COSTS.iter().any(|known| normal(known) == name)
}

/// Whether a plain yes in a column of this name says that a contract is active; else it says that it has ended.
pub(super) fn yes_is_active(name: &str) -> bool {
    let name = normal(name);
    ACTIVE.iter().any(|known| normal(known) == name)
}

/// What a status says: that a contract has ended (`Some(true)`), that it is active (`Some(false)`), or nothing.
pub(super) fn has_ended(text: &str, yes_is_active: bool) -> Option<bool> {
    let text = text.trim();
    let said = match super::numbers::western_digits(text).parse::<f64>() {
        Ok(1.0) => Said::Yes,
        Ok(0.0) => Said::No,
        Ok(_) => return None,
        Err(_) => *STATUS.get(&normal(text))?,
    };
    Some(match said {
        Said::Yes => !yes_is_active,
        Said::No => yes_is_active,
        Said::Active => false,
        Said::Ended => true,
    })
}

/// What a word in a status column says.
#[derive(Debug, Clone, Copy)]
enum Said {
    Yes,
    No,
    Active,
    Ended,
}

static STATUS: LazyLock<HashMap<String, Said>> = LazyLock::new(|| {
    let words = [(YES, Said::Yes), (NO, Said::No), (STILL_ACTIVE, Said::Active), (HAS_ENDED, Said::Ended)];
    words.into_iter().flat_map(|(words, said)| words.iter().map(move |word| (normal(word), said))).collect()
});

const YES: &[&str] = &["yes", "y", "true", "t", "tak", "prawda", "да", "истина", "بله", "بلی", "آری"];
const NO: &[&str] = &["no", "n", "false", "f", "nie", "fałsz", "нет", "ложь", "خیر", "نه"];
#[rustfmt::skip]
const STILL_ACTIVE: &[&str] = &[
    "active", "current", "open", "ongoing", "live", "retained", "stayed", "existing customer", "existing", "joined",
    "aktywny", "aktywna", "aktywne", "trwa", "bieżąca", "otwarta", "obowiązuje", "активен", "активный", "активна",
    "активно", "действует", "действующий", "открыт", "فعال", "جاری", "باز", "برقرار",
];
#[rustfmt::skip]
const HAS_ENDED: &[&str] = &[
    "churned", "churn", "cancelled", "canceled", "ended", "inactive", "closed", "lost", "left", "terminated",
    "expired", "exited", "attrited customer", "zakończona", "zakończony", "zakończone", "nieaktywny", "nieaktywna",
    "anulowana", "anulowany", "rozwiązana", "wygasła", "zamknięta", "odszedł", "завершен", "закрыт", "отменен",
    "расторгнут", "неактивен", "неактивный", "ушел", "истек", "отток", "غیرفعال", "لغو شده", "لغو", "پایان یافته",
    "بسته", "منقضی", "ریزش",
];

/// A name without what people vary: case, spaces, marks, accents, units in brackets, a type after a colon.
fn normal(name: &str) -> String {
    let end = name.find(['(', '[', ':']).filter(|at| *at > 0).unwrap_or(name.len());
    name[..end].chars().flat_map(char::to_lowercase).filter(|c| c.is_alphanumeric()).map(plain_letter).collect()
}

fn plain_letter(c: char) -> char {
    match c {
        'ą' => 'a',
        'ć' => 'c',
        'ę' => 'e',
        'ł' => 'l',
        'ń' => 'n',
        'ó' => 'o',
        'ś' => 's',
        'ź' | 'ż' => 'z',
        'ё' => 'е',
        'ي' | 'ى' => 'ی',
        'ك' => 'ک',
        'ۀ' | 'ة' => 'ه',
        'أ' | 'إ' | 'آ' => 'ا',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_known_however_they_are_written() {
        for (name, role, expected) in [
            ("CustomerID", Role::Customer, Some(1)),
            ("customer_id", Role::Customer, Some(1)),
            ("user_id:token", Role::Customer, Some(1)),
            ("Id", Role::Customer, Some(4)),
            ("store_id", Role::Customer, None),
            ("ID KLIENTA", Role::Customer, Some(1)),
            ("شناسه\u{200c}مشتري", Role::Customer, Some(1)),
            ("InvoiceDate", Role::Time, Some(1)),
            ("Дата заказа", Role::Time, Some(1)),
            ("ship_date", Role::Time, None),
            ("Wartosc brutto (zł)", Role::Amount, Some(1)),
            ("Сумма, руб.", Role::Amount, Some(1)),
            ("sales_value", Role::Amount, Some(1)),
            ("Price", Role::UnitPrice, Some(2)),
            ("Ilość", Role::Quantity, Some(1)),
            ("Кол-во", Role::Quantity, Some(1)),
            ("Nr zamówienia", Role::Order, Some(1)),
            ("کد کالا", Role::Product, Some(1)),
        ] {
            assert_eq!(tier(name, role), expected, "{name} as the {role}");
        }
    }

    #[test]
    fn no_name_says_two_things_of_one_role() {
        for (name, meanings) in INDEX.iter() {
            let mut roles: Vec<Role> = meanings.iter().map(|(role, _)| *role).collect();
            roles.sort();
            roles.dedup();
            assert_eq!(roles.len(), meanings.len(), "{name}");
        }
    }
}
