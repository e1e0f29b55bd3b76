//! Made-up reports that fill every part of a page, or as few as can be: for tests, and to look at while designing.

use cvm_core::reason::{Reason, Rhythm, Span, Spend};
use cvm_core::report::*;
use cvm_core::text::{PROBLEMS, SEGMENTS, TIERS};

/// A wholesaler of gifts with two years of sales; everything that can be known is known.
pub fn sample() -> Report {
    Report {
        run: run(),
        headline: headline(),
        revenue_concentration: concentration(2.9),
        clv_concentration: concentration(3.4),
        rfm_grid: grid(),
        segments: segments(),
        tiers: tiers(),
        clusters: clusters(),
        cohorts: cohorts(),
        leaving: (0..10).map(leaving).collect(),
        best: (0..15).map(best).collect(),
        profit: Some(profit()),
        clv_histogram: histogram(),
        validation: Some(validation()),
        models: models(),
        covariates: Some(covariates()),
        mapping: mapping(),
        problems: problems(),
        warnings: vec![
            Warning::SpendDependsOnFrequency { correlation: 0.27 },
            Warning::IdenticalRows { rows: 5_225 },
            Warning::ManyProblems { share: 0.251 },
        ],
    }
}

/// A month of sales of a corner shop, with no cost, no currency, no test and no bounds.
pub fn sample_of_little() -> Report {
    let few = |id: &str| Group { customers: 3, revenue: 120.0, clv: 90.5, ..group(id, 3, 120.0, 90.5, 0.8, 1.3, 9.0) };
    let mut report = sample();
    report.run = Run {
        files: vec!["sales.csv".to_owned()],
        rows_read: 31,
        rows_used: 31,
        as_of: "2024-03-19".to_owned(),
        first_day: "2024-02-20".to_owned(),
        horizon_days: 7,
        margin: Some(1.0),
        currency: None,
        model: "BG/NBD".to_owned(),
        uncertainty: "none".to_owned(),
        ..run()
    };
    let certain = |value| Interval { value, low: value, high: value };
    report.headline = Headline {
        customers: 3,
        purchases: 4,
        revenue: 120.0,
        returns: 0.0,
        average_order_value: 30.0,
        purchases_per_year: 17.4,
        repeat_rate: 1.0 / 3.0,
        active_customers: certain(2.6),
        expected_purchases: certain(1.2),
        expected_revenue: certain(36.0),
        clv: certain(90.5),
        clv_simple: 75.0,
        monthly: vec![Month { complete: false, ..month(0) }],
    };
    report.segments = vec![few("promising")];
    report.tiers = vec![few("platinum")];
    report.best = vec![CustomerRow { profit: None, clv: certain(41.0), ..best(0) }];
    report.cohorts = vec![Cohort { month: "2024-02".to_owned(), customers: 3, retained: Vec::new() }];
    (report.clusters, report.leaving, report.profit, report.validation) = (Vec::new(), Vec::new(), None, None);
    (report.models, report.problems, report.covariates) = (Vec::new(), Vec::new(), None);
    report.clv_histogram = vec![Bin { low: 0.0, high: 50.0, customers: 3 }];
    report.warnings =
        vec![Warning::NoHoldout, Warning::FewRepeatCustomers { customers: 1 }, Warning::NoCosts, Warning::NoSpendModel];
    report
}

fn run() -> Run {
    Run {
        version: "0.1.0".to_owned(),
        files: vec!["online_retail_2010.csv".to_owned(), "online_retail_2011.csv".to_owned()],
        rows_read: 1_067_371,
        rows_used: 799_604,
        as_of: "2011-12-09".to_owned(),
        first_day: "2009-12-01".to_owned(),
        horizon_days: 365,
        discount_rate: 0.1,
        margin: None,
        timezone: "Europe/London".to_owned(),
        currency: Some("GBP".to_owned()),
        model: "BG/NBD + Pareto/NBD".to_owned(),
        uncertainty: "laplace".to_owned(),
    }
}

fn headline() -> Headline {
    Headline {
        customers: 5_881,
        purchases: 36_969,
        revenue: 17_374_804.3,
        returns: 717_483.1,
        average_order_value: 469.98,
        purchases_per_year: 3.11,
        repeat_rate: 0.724,
        active_customers: Interval { value: 3_684.0, low: 3_601.0, high: 3_766.0 },
        expected_purchases: Interval { value: 15_902.0, low: 15_380.0, high: 16_431.0 },
        expected_revenue: Interval { value: 7_418_220.0, low: 6_902_114.0, high: 7_994_385.0 },
        clv: Interval { value: 2_534_117.0, low: 2_349_020.0, high: 2_741_903.0 },
        clv_simple: 3_102_455.0,
        monthly: (0..25).map(month).collect(),
    }
}

fn month(i: u32) -> Month {
    let (year, of_year) = (2009 + i.div_ceil(12), (i + 11) % 12 + 1);
    let season = if of_year >= 9 { 1.0 + 0.22 * f64::from(of_year - 8) } else { 1.0 };
    let complete = i < 24;
    let part = if complete { 1.0 } else { 0.29 };
    Month {
        month: format!("{year}-{of_year:02}"),
        revenue: part * season * (560_000.0 + 38_000.0 * wave(i)),
        customers: (part * season * (900.0 + 60.0 * wave(i + 3))) as u64,
        new_customers: (part * 955.0 / (1.0 + 0.35 * f64::from(i))) as u64 + 20,
        complete,
    }
}

/// Something that goes up and down, the same each time.
fn wave(i: u32) -> f64 {
    (f64::from(i) * 1.7).sin() + 0.5 * (f64::from(i) * 0.6).cos()
}

fn concentration(steepness: f64) -> Concentration {
    let lorenz: Vec<(f64, f64)> = (0..=100).map(|i| f64::from(i) / 100.0).map(|p| (p, p.powf(steepness))).collect();
    let top20_share = 1.0 - 0.8_f64.powf(steepness);
    Concentration { lorenz, gini: 1.0 - 2.0 / (steepness + 1.0), top20_share }
}

fn grid() -> Vec<RfmCell> {
    let cell = |r_score: u8, f_score: u8| {
        let (r, f) = (f64::from(r_score), f64::from(f_score));
        let near = 1.0 / (1.0 + (r - f).powi(2));
        let customers = if (r_score, f_score) == (5, 1) { 0 } else { (620.0 * near) as u64 };
        let clv = customers as f64 * 14.0 * (0.55 * (r + f)).exp() / 10.0;
        RfmCell { r_score, f_score, customers, revenue: customers as f64 * 180.0 * f * f, clv }
    };
    (1..=5).flat_map(|r| (1..=5).map(move |f| (r, f))).map(|(r, f)| cell(r, f)).collect()
}

fn group(id: &str, customers: u64, revenue: f64, clv: f64, p_alive: f64, purchases: f64, since: f64) -> Group {
    Group { id: id.to_owned(), customers, revenue, clv, p_alive, purchases, days_since_last: since }
}

fn segments() -> Vec<Group> {
    let figures = [
        (1_216, 11_480_310.0, 1_655_200.0, 0.97, 18.2, 19.0),
        (642, 2_210_400.0, 402_118.0, 0.91, 8.1, 41.0),
        (718, 802_255.0, 181_940.0, 0.83, 3.4, 48.0),
        (233, 92_310.0, 24_050.0, 0.71, 1.0, 21.0),
        (308, 118_402.0, 31_777.0, 0.68, 1.6, 55.0),
        (402, 488_900.0, 79_120.0, 0.62, 4.6, 121.0),
        (377, 190_211.0, 28_004.0, 0.47, 2.3, 170.0),
        (601, 1_244_020.0, 88_230.0, 0.31, 5.9, 266.0),
        (84, 498_770.0, 22_904.0, 0.24, 13.1, 298.0),
        (712, 194_001.0, 15_660.0, 0.12, 1.5, 401.0),
        (588, 55_225.0, 5_114.0, 0.05, 1.1, 588.0),
    ];
    SEGMENTS.iter().zip(figures).map(|(id, (n, r, c, p, k, d))| group(id, n, r, c, p, k, d)).collect()
}

fn tiers() -> Vec<Group> {
    let figures = [
        (294, 7_790_400.0, 1_301_500.0, 0.98, 31.0, 14.0),
        (882, 4_911_000.0, 702_310.0, 0.93, 11.4, 33.0),
        (1_764, 3_120_700.0, 410_900.0, 0.79, 5.0, 88.0),
        (2_941, 1_552_704.3, 119_407.0, 0.36, 2.1, 303.0),
    ];
    TIERS.iter().zip(figures).map(|(id, (n, r, c, p, k, d))| group(id, n, r, c, p, k, d)).collect()
}

fn clusters() -> Vec<Cluster> {
    let say = |column: &str, above, typical, base| ClusterTrait { column: column.to_owned(), above, typical, base };
    vec![
        Cluster {
            group: group("1", 1_104, 11_200_500.0, 1_610_000.0, 0.96, 17.8, 21.0),
            traits: vec![
                say("purchases", true, 14.0, 3.0),
                say("days_since_last", false, 12.0, 96.0),
                say("interval_days", false, 31.0, 74.0),
            ],
        },
        Cluster {
            group: group("2", 812, 3_920_100.0, 480_220.0, 0.78, 4.9, 92.0),
            traits: vec![say("order_value", true, 918.4, 285.5), say("age_days", true, 611.0, 480.0)],
        },
        Cluster {
            group: group("3", 1_377, 1_308_000.0, 310_400.0, 0.74, 2.4, 51.0),
            traits: vec![say("age_days", false, 131.0, 480.0), say("order_value", false, 148.2, 285.5)],
        },
        Cluster {
            group: group("4", 2_588, 946_204.3, 133_497.0, 0.21, 1.6, 377.0),
            traits: vec![
                say("days_since_last", true, 391.0, 96.0),
                say("purchases", false, 1.0, 3.0),
                say("interval_days", true, 142.0, 74.0),
            ],
        },
    ]
}

fn cohorts() -> Vec<Cohort> {
    let cohort = |i: u32| Cohort {
        month: month(i).month,
        customers: month(i).new_customers,
        retained: (1..24 - i).map(|k| (0.36 - 0.008 * f64::from(k) + 0.03 * wave(i + k)).clamp(0.04, 0.6)).collect(),
    };
    (0..24).map(cohort).collect()
}

fn leaving(i: u32) -> CustomerRow {
    let value = 900.0 / (1.0 + f64::from(i));
    CustomerRow {
        customer_id: (12_346 + 97 * i).to_string(),
        last_purchase: format!("2011-{:02}-{:02}", 1 + i % 5, 3 + 2 * i),
        purchases: u64::from(34 - 2 * i),
        revenue: 77_183.6 / (1.0 + 0.6 * f64::from(i)),
        p_alive: 0.04 + 0.017 * f64::from(i),
        clv: Interval { value, low: 0.0, high: value * 6.2 },
        segment: if i.is_multiple_of(2) { "cannot_lose" } else { "at_risk" }.to_owned(),
        reason: Reason {
            rhythm: Rhythm::Silent {
                every: Span::of_days(18.0 + 4.0 * f64::from(i)),
                since: Span::of_days(340.0 - 21.0 * f64::from(i)),
            },
            spend: i.is_multiple_of(3).then_some(Spend::High { times: 4 + i as u16 }),
        },
        profit: Some(9_000.0 - 700.0 * f64::from(i)),
    }
}

fn best(i: u32) -> CustomerRow {
    let value = 62_400.0 / (1.0 + 0.33 * f64::from(i));
    let rhythm = match i {
        4 => Rhythm::New { since: Span::of_days(4.0) },
        9 => Rhythm::Once { since: Span::of_days(63.0) },
        _ => Rhythm::OnTime { every: Span::of_days(3.0 + f64::from(i)), since: Span::of_days(f64::from(i % 4)) },
    };
    // Names of all kinds occur in the wild: long ones, mail addresses, other scripts, and attempts at mischief.
    let name = match i {
        1 => "marketing.department@a-very-long-domain-name.example.co.uk".to_owned(),
        2 => "فروشگاه آفتاب (تهران)".to_owned(),
        3 => "<script>alert('x')</script>".to_owned(),
        _ => (18_102 - 131 * i).to_string(),
    };
    CustomerRow {
        customer_id: name,
        last_purchase: format!("2011-12-{:02}", 9 - i % 8),
        purchases: u64::from(145 - 6 * i),
        revenue: 598_215.2 / (1.0 + 0.41 * f64::from(i)),
        p_alive: 0.999 - 0.006 * f64::from(i),
        clv: Interval { value, low: value * 0.71, high: value * 1.36 },
        segment: "champions".to_owned(),
        reason: Reason { rhythm, spend: (i % 4 == 1).then_some(Spend::High { times: 12 }) },
        profit: Some(value * 2.4),
    }
}

fn profit() -> Profit {
    let curve = |p: f64| 1.28 * (1.0 - (-5.2 * p).exp()) - 0.28 * p.powi(6) + 0.0073 * p;
    let end = curve(1.0);
    let loss = |i: u32| CustomerRow {
        profit: Some(-3_120.0 / (1.0 + f64::from(i))),
        reason: Reason { rhythm: Rhythm::Returned, spend: None },
        segment: "hibernating".to_owned(),
        clv: Interval { value: 12.5, low: 0.0, high: 88.0 },
        ..leaving(i + 3)
    };
    Profit {
        total: 5_840_220.0,
        unprofitable_customers: 412,
        loss: 96_410.5,
        whale: (0..=100).map(|i| f64::from(i) / 100.0).map(|p| (p, curve(p) / end)).collect(),
        worst: (0..5).map(loss).collect(),
    }
}

fn histogram() -> Vec<Bin> {
    let bin = |i: u32| Bin {
        low: 250.0 * f64::from(i),
        high: 250.0 * f64::from(i + 1),
        customers: (3_900.0 * (-0.55 * f64::from(i)).exp()) as u64 + 3,
    };
    (0..14).map(bin).collect()
}

fn validation() -> Validation {
    let candidate = |model: &str, mae, rmse, predicted, weight: f64| Candidate {
        model: model.to_owned(),
        mae,
        rmse,
        predicted,
        actual: 10_184.0,
        log_likelihood: Some(-41_877.0 - 100.0 * mae),
        chosen: weight > 0.0,
        weight,
        failure: None,
    };
    let failure = "the data hold one customer with a repeat purchase; give more data or use another model";
    Validation {
        calibration_end: "2011-05-31".to_owned(),
        holdout_end: "2011-12-09".to_owned(),
        customers: 4_940,
        candidates: vec![
            candidate("BG/NBD", 1.3921, 2.8014, 9_880.0, 0.62),
            candidate("Pareto/NBD", 1.4007, 2.8255, 9_794.0, 0.38),
            candidate("MBG/NBD", 1.4466, 2.9120, 9_301.0, 0.0),
            candidate("BG/BB", 1.6820, 3.3317, 12_002.0, 0.0),
            Candidate {
                log_likelihood: None,
                failure: Some(failure.to_owned()),
                ..candidate("Pareto/NBD, covariates", 0.0, 0.0, 0.0, 0.0)
            },
        ],
        by_frequency: (0..8).map(class).collect(),
        tracking: (1..=105).map(week).collect(),
        coverage: Coverage {
            nominal: 0.9,
            customers: 0.913,
            above: 0.051,
            total: Interval { value: 4_910_400.0, low: 4_533_000.0, high: 5_322_700.0 },
            total_actual: 5_140_881.0,
        },
    }
}

fn class(i: u32) -> FrequencyClass {
    FrequencyClass {
        frequency: if i == 7 { "7+".to_owned() } else { i.to_string() },
        customers: 1_480 / u64::from(i + 1) + if i == 7 { 700 } else { 0 },
        actual: 0.52 + 0.41 * f64::from(i) + if i == 7 { 3.4 } else { 0.05 * wave(i) },
        predicted: 0.49 + 0.42 * f64::from(i) + if i == 7 { 3.1 } else { 0.0 },
    }
}

fn week(week: u32) -> TrackingWeek {
    let time = f64::from(week);
    let predicted = 260.0 * time + 0.55 * time * time;
    TrackingWeek { week, predicted, actual: predicted * (1.0 + 0.012 * wave(week / 6)), holdout: week > 78 }
}

fn models() -> Vec<ModelParameters> {
    let model = |name: &str, parameters: &[(&str, f64, f64)], log_likelihood| ModelParameters {
        model: name.to_owned(),
        parameters: parameters.iter().map(|(n, v, e)| ((*n).to_owned(), *v, *e)).collect(),
        log_likelihood,
        customers: 5_881.0,
    };
    vec![
        model(
            "BG/NBD",
            &[("r", 0.7412, 0.0159), ("alpha", 62.881, 1.702), ("a", 0.1204, 0.0131), ("b", 2.0771, 0.3320)],
            -158_204.7,
        ),
        model("Gamma-Gamma", &[("p", 2.1043, 0.0502), ("q", 3.4412, 0.1177), ("gamma", 451.2, 24.9)], -30_518.2),
    ]
}

fn covariates() -> Covariates {
    let about = |value: f64| Some(Interval { value, low: value * 0.92, high: value * 1.08 });
    let level = |level: Level, customers, effects: Option<(f64, f64)>| CovariateLevel {
        level,
        customers,
        buying: effects.and_then(|(buying, _)| about(buying)),
        leaving: effects.and_then(|(_, leaving)| about(leaving)),
    };
    let text = |text: &str| Level::Value { text: text.to_owned() };
    let column = |column: &str, missing, coarsened, levels| CovariateColumn {
        column: column.to_owned(),
        missing,
        coarsened,
        levels,
    };
    let out = |column: &str, reason| LeftOut { column: column.to_owned(), reason };
    Covariates {
        file: "customers.csv".to_owned(),
        id_column: "Customer ID".to_owned(),
        matched: 5_702,
        unmatched: 179,
        other_rows: 412,
        unusable_rows: 3,
        groups: 36,
        model: Some("BG/NBD with covariates".to_owned()),
        columns: vec![
            column(
                "channel",
                179,
                false,
                vec![
                    level(text("trade fair"), 2_911, None),
                    level(text("реклама"), 1_604, Some((0.61, 1.9))),
                    level(Level::Other, 1_187, Some((1.03, 0.71))),
                    level(Level::Missing, 179, Some((1.02, 1.01))),
                ],
            ),
            column(
                "employees",
                640,
                true,
                vec![
                    level(Level::Range { low: 6.0, high: 24.0 }, 3_141, None),
                    level(Level::Range { low: 1.0, high: 5.0 }, 1_402, Some((0.81, 1.12))),
                    level(Level::Range { low: 25.0, high: 2_140.5 }, 1_338, Some((1.97, 0.55))),
                ],
            ),
        ],
        left_out: vec![
            out("e-mail", LeftOutReason::AllDifferent),
            out("since", LeftOutReason::Dates),
            out("<b>region</b>", LeftOutReason::TooManyGroups),
        ],
    }
}

fn mapping() -> Vec<MappedColumn> {
    let column = |role: &str, column: &str, format: Option<&str>, found_by: &str| MappedColumn {
        role: role.to_owned(),
        column: column.to_owned(),
        format: format.map(str::to_owned),
        found_by: found_by.to_owned(),
    };
    vec![
        column("customer", "Customer ID", None, "name"),
        column("time", "InvoiceDate", Some("dd.mm.yyyy hh:mm"), "flag"),
        column("quantity", "Quantity", None, "name"),
        column("unit_price", "Price", Some("decimal comma"), "name"),
        column("order", "Invoice", None, "content"),
        column("product", "StockCode", None, "only"),
        column("cost", "Unit cost", None, "name"),
    ]
}

fn problems() -> Vec<ProblemCount> {
    let counts = [243_007, 1_288, 55, 1_907, 12, 3, 0, 6_207, 14_919, 310, 55, 4];
    let problem = |(reason, rows): (&&str, u64)| ProblemCount { reason: (*reason).to_owned(), rows };
    PROBLEMS.iter().zip(counts).filter(|(_, rows)| *rows > 0).map(problem).collect()
}
