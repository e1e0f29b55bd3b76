//! Pareto/NBD against published figures, 50-digit values, slower formulas and simulated customers.
#![expect(clippy::excessive_precision, reason = "reference values stand as they were printed")]

use super::*;
use crate::noncontractual::{Covariates, Estimate, Fitted, Likelihood, Pattern};
use crate::testing::close;
use proptest::prelude::*;
use rand::{Rng, RngExt, SeedableRng};
use rand_distr::{Distribution, Exp1, Gamma, StandardNormal};
use rand_pcg::Pcg64Mcg;

/// Maximum likelihood on CDNOW by an independent implementation (lifetimes 0.11.3, polished with scipy 1.17.1).
const CDNOW: [f64; 4] = [0.5532755221040553, 10.577612433370078, 0.6062135934508098, 11.667912033542553];

/// The customers of tests/data/cdnow_weeks.csv.
fn cdnow() -> Vec<Pattern> {
    let rows = include_str!("../../../tests/data/cdnow_weeks.csv").lines().skip(1);
    rows.map(|row| {
        let values: Vec<f64> = row.split(',').map(|v| v.parse().unwrap()).collect();
        Pattern { history: History::new(values[0] as u32, values[1], values[2]).unwrap(), weight: values[3] }
    })
    .collect()
}

/// One customer of the model, seen until `age`.
fn simulated(model: &ParetoNbd, age: f64, rng: &mut impl Rng) -> Pattern {
    let rate = Gamma::new(model.r, 1.0 / model.alpha).unwrap().sample(rng);
    let leaving = Gamma::new(model.s, 1.0 / model.beta).unwrap().sample(rng);
    let mut wait = |rate: f64| Distribution::<f64>::sample(&Exp1, rng) / rate;
    let end = f64::min(wait(leaving), age);
    let mut history = History { frequency: 0, recency: 0.0, age };
    let mut time = wait(rate);
    while time < end {
        history = History { frequency: history.frequency + 1, recency: time, age };
        time += wait(rate);
    }
    Pattern { history, weight: 1.0 }
}

/// Every true value within four standard errors.
#[track_caller]
fn recovered(estimates: &[Estimate], truth: &[f64]) {
    assert_eq!(estimates.len(), truth.len());
    for (estimate, value) in estimates.iter().zip(truth) {
        let off = (estimate.value - value) / estimate.standard_error;
        assert!(off.abs() < 4.0, "{estimate:?} where {value} was simulated");
        assert!(estimate.standard_error < 0.3 * value.abs().max(0.5), "{estimate:?} says nothing");
    }
}

#[test]
fn cdnow_is_fitted_as_published() {
    // Published (Fader, Hardie & Lee 2005, "Counting Your Customers the Easy Way", table 2): 0.553, 10.578, 0.606,
    // 11.669 and -9595.0. More digits: lifetimes 0.11.3 polished with scipy 1.17.1, standard errors by mpmath.
    let fitted = fit(&cdnow(), &Settings::default()).unwrap();
    close(fitted.log_likelihood, -9594.973929826861, 1e-12);
    let errors = [0.04762867830146956, 0.842723575616396, 0.18727788328256834, 6.210972364528001];
    for (i, estimate) in fitted.estimates.iter().enumerate() {
        close(estimate.value, CDNOW[i], 1e-5);
        close(estimate.standard_error, errors[i], 1e-4);
        assert_eq!(estimate.name, ParetoNbd::NAMES[i]);
    }
    assert_eq!(fitted.customers, 2357.0);
    // lifetimes, summed over the customers.
    let model = ParetoNbd::from_parameters(&CDNOW).unwrap();
    let total = |f: &dyn Fn(&History) -> f64| cdnow().iter().map(|p| p.weight * f(&p.history)).sum::<f64>();
    close(total(&|h| model.probability_alive(h)), 1051.878890506507, 1e-11);
    close(total(&|h| model.conditional_expected_purchases(h, 39.0)), 1665.5342200511634, 1e-11);
}

#[test]
fn the_literature_parameters_score_as_in_50_digits() {
    let mut likelihood = ParetoNbdLikelihood::new(&cdnow());
    let at = [0.553_f64, 10.578, 0.606, 11.669].map(f64::ln);
    close(likelihood.evaluate(&at).value, -9594.97401004098, 1e-14);
}

/// x, t_x, T of CDNOW customers; ln L, P(alive), expected purchases in 39 weeks and in 90 days, discounted expected
/// residual transactions at 15% a year, in 50-digit arithmetic (mpmath).
const CUSTOMERS: [(u32, f64, f64, [f64; 5]); 17] = [
    (2, 30.43, 38.86, [-9.55433315315967, 0.869118715304951, 1.45511294485986, 0.537818610353605, 6.50019852259858]),
    (1, 1.71, 38.86, [-4.44970949448533, 0.167871976992306, 0.170980516202612, 0.0631954405645723, 0.763794523812997]),
    (0, 0.0, 38.86, [-0.52120180078275, 0.295097155603549, 0.10705979332497, 0.0395699519230963, 0.478251473783504]),
    (7, 29.43, 38.86, [-21.5942590664453, 0.749416397205117, 3.71174761879594, 1.37188453540724, 16.5809097315672]),
    (1, 5.0, 38.86, [-4.86835930341069, 0.255149961371516, 0.259874654996037, 0.0960512558903475, 1.16089740967066]),
    (2, 35.71, 38.86, [-9.65216611900665, 0.958445492320397, 1.60466736966842, 0.593094836990787, 7.16827961872429]),
    (0, 0.0, 37.57, [-0.516828439796743, 0.30285004014863, 0.112377325229736, 0.0416270869463907, 0.498856297293932]),
    (0, 0.0, 36.29, [-0.512253656848207, 0.310920901460216, 0.118045433650805, 0.0438263434114352, 0.520677859201963]),
    (0, 0.0, 35.29, [-0.50850431191481, 0.317505840681411, 0.122770274082833, 0.0456645841734514, 0.5387619232945]),
    (2, 14.0, 34.14, [-8.66877619035594, 0.491557860350997, 0.896188003980201, 0.334070035952093, 3.90932029997381]),
    (0, 0.0, 33.29, [-0.500501232568187, 0.331472620617202, 0.133090780204929, 0.0496950456392125, 0.577949066737026]),
    (2, 2.43, 32.14, [-7.1105715934759, 0.119493968349764, 0.226418595798827, 0.0847409244243563, 0.977120856219439]),
    (0, 0.0, 31.14, [-0.491059585727586, 0.347795283674335, 0.145669141375644, 0.0546341695551066, 0.625172537732422]),
    (0, 0.0, 30.14, [-0.486336580534365, 0.355898027990311, 0.152121072954545, 0.0571785954039511, 0.649184549600711]),
    (2, 3.71, 29.14, [-7.33497737374097, 0.188029020664208, 0.37866863699151, 0.142654047525839, 1.60669324299675]),
    (0, 0.0, 28.14, [-0.476179621852525, 0.373183473516678, 0.166348447333216, 0.0628144193581578, 0.701670989348062]),
    (0, 0.0, 27.0, [-0.469921973426033, 0.383738638418216, 0.175348335820019, 0.0663965840130717, 0.734566302802333]),
];

#[test]
fn predictions_for_cdnow_customers_equal_50_digit_values() {
    let model = ParetoNbd::from_parameters(&CDNOW).unwrap();
    let weekly = 1.15_f64.ln() / 52.0;
    for (x, recency, age, [ll, alive, weeks_39, days_90, discounted]) in CUSTOMERS {
        let history = History::new(x, recency, age).unwrap();
        close(model.log_likelihood(&history), ll, 1e-13);
        close(model.probability_alive(&history), alive, 1e-13);
        close(model.conditional_expected_purchases(&history, 39.0), weeks_39, 1e-13);
        close(model.conditional_expected_purchases(&history, 90.0 / 7.0), days_90, 1e-13);
        close(model.discounted_expected_residual_transactions(&history, weekly), discounted, 1e-13);
    }
}

/// x, t_x, T; ln L, P(alive), expected purchases in 39 weeks, in 50-digit arithmetic; what is below the doubles is 0.
const EXTREMES: [(u32, f64, f64, [f64; 3]); 7] = [
    (0, 0.0, 1e-06, [-5.2306272806193e-8, 0.999999948044383, 1.21340792768371]),
    (1, 0.5, 0.5, [-3.04781577959086, 1.0, 3.29502344209454]),
    (50, 30.0, 38.86, [-44.8806734910798, 0.00354143856489659, 0.11739481969163]),
    (300, 38.0, 38.86, [240.254736211615, 0.721233065814675, 142.140230454187]),
    (1000, 38.5, 38.86, [2006.75189806513, 0.528746649720598, 346.902769625687]),
    (3000, 10.0, 38.86, [11938.0603713379, 0.0, 0.0]),
    (5000, 500.0, 520.0, [6395.69397402156, 2.89920504819445e-80, 1.04283992855676e-77]),
];

#[test]
fn extreme_customers_equal_50_digit_values() {
    let model = ParetoNbd::from_parameters(&CDNOW).unwrap();
    for (x, recency, age, [ll, alive, weeks_39]) in EXTREMES {
        let history = History::new(x, recency, age).unwrap();
        close(model.log_likelihood(&history), ll, 1e-13);
        close(model.probability_alive(&history), alive, 1e-11);
        close(model.conditional_expected_purchases(&history, 39.0), weeks_39, 1e-11);
    }
}

type Row = ([f64; 4], (u32, f64, f64), [f64; 4]);

/// r, alpha, s, beta; x, t_x, T; ln L, P(alive), and of the living the expected purchases in 39 units of time and
/// those discounted at 0.0027. With 200 digits (mpmath) from hypergeometric functions; the discounted ones from
/// Tricomi's U.
const ANY_PARAMETERS: [Row; 48] = [
    (
        [0.5532755221040553, 10.577612433370078, 0.6062135934508098, 11.667912033542553],
        (0, 0.0, 38.86),
        [-0.52120180078274991, 0.29509715560354894, 0.36279507034219191, 1.616182480459145],
    ),
    (
        [0.5532755221040553, 10.577612433370078, 0.6062135934508098, 11.667912033542553],
        (1, 0.001, 38.86),
        [-4.1735768062356148, 0.12736652569158108, 1.0185173205558215, 4.5372993849499735],
    ),
    (
        [0.5532755221040553, 10.577612433370078, 0.6062135934508098, 11.667912033542553],
        (2, 30.43, 38.86),
        [-9.5543331531596747, 0.86911871530495136, 1.6742395707694511, 7.4584162894408021],
    ),
    (
        [0.5532755221040553, 10.577612433370078, 0.6062135934508098, 11.667912033542553],
        (7, 29.43, 38.86),
        [-21.594259066445304, 0.74941639720511739, 4.9528508218375991, 22.064000811894945],
    ),
    (
        [0.5532755221040553, 10.577612433370078, 0.6062135934508098, 11.667912033542553],
        (60, 200.0, 730.0),
        [-142.69941742868517, 4.0200170198458606e-32, 3.1393903129917266, 24.671877336915508],
    ),
    (
        [0.5532755221040553, 10.577612433370078, 0.6062135934508098, 11.667912033542553],
        (5000, 500.0, 520.0),
        [6395.6939740215621, 2.8992050481944487e-80, 359.69857641018356, 2691.6214777665968],
    ),
    (
        [0.5532755221040553, 10.577612433370078, 0.6062135934508098, 11.667912033542553],
        (3, 5.0, 5.0),
        [-7.882032528469313, 1.0, 5.8683741390836522, 20.426034027306953],
    ),
    (
        [0.5532755221040553, 10.577612433370078, 0.6062135934508098, 11.667912033542553],
        (1, 1e-6, 1000.0),
        [-4.2697364937430078, 0.00021000973143887497, 0.059257356249152847, 0.48407478544746502],
    ),
    (
        [0.05, 0.3, 0.02, 200.0],
        (0, 0.0, 38.86),
        [-0.24339459062741577, 0.99626893252821899, 0.049718580130667918, 0.46548588916798168],
    ),
    (
        [0.05, 0.3, 0.02, 200.0],
        (1, 0.001, 38.86),
        [-6.8897919639775231, 0.97948460087801322, 1.0440901827440263, 9.7752036725276153],
    ),
    (
        [0.05, 0.3, 0.02, 200.0],
        (2, 30.43, 38.86),
        [-10.528463538264641, 0.99907758335023848, 2.0384617853573846, 19.084921455887249],
    ),
    (
        [0.05, 0.3, 0.02, 200.0],
        (7, 29.43, 38.86),
        [-22.214132477376832, 0.99761463818874332, 7.0103197984241764, 65.633510372685417],
    ),
    (
        [0.05, 0.3, 0.02, 200.0],
        (60, 200.0, 730.0),
        [-145.24949710847991, 1.0707792904226377e-30, 3.2055067857803903, 30.270941228914479],
    ),
    (
        [0.05, 0.3, 0.02, 200.0],
        (5000, 500.0, 520.0),
        [6490.882640204969, 2.6673342127136061e-80, 374.58815624099698, 3533.1046504725974],
    ),
    ([0.05, 0.3, 0.02, 200.0], (3, 5.0, 5.0), [-7.3763006114044787, 1.0, 22.403222546663315, 209.47735969687913]),
    (
        [0.05, 0.3, 0.02, 200.0],
        (1, 1e-6, 1000.0),
        [-9.7381881481325732, 0.54496377701904818, 0.040924558576836226, 0.38686700217940994],
    ),
    (
        [3.0, 500.0, 1.0, 0.5],
        (0, 0.0, 38.86),
        [-0.012373731523685824, 0.010274742120395948, 0.15088442368511541, 0.43087242660301577],
    ),
    (
        [3.0, 500.0, 1.0, 0.5],
        (1, 0.001, 38.86),
        [-5.1343126223455214, 0.0095906056849680317, 0.20117923158015388, 0.57449656880402102],
    ),
    (
        [3.0, 500.0, 1.0, 0.5],
        (2, 30.43, 38.86),
        [-14.434114210671791, 0.77854297916313323, 0.25147403947519234, 0.71812071100502628],
    ),
    (
        [3.0, 500.0, 1.0, 0.5],
        (7, 29.43, 38.86),
        [-36.209863834782246, 0.7422369165157427, 0.50294807895038469, 1.4362414220100526],
    ),
    (
        [3.0, 500.0, 1.0, 0.5],
        (60, 200.0, 730.0),
        [-206.87535188782529, 2.0413991109857207e-15, 1.9460629821798082, 13.66449169334337],
    ),
    (
        [3.0, 500.0, 1.0, 0.5],
        (5000, 500.0, 520.0),
        [3051.8945129129049, 2.2657841500946386e-40, 184.46364840168205, 1199.90137641786],
    ),
    ([3.0, 500.0, 1.0, 0.5], (3, 5.0, 5.0), [-17.007076990961854, 1.0, 0.13662268554220671, 0.24190645943314859]),
    (
        [3.0, 500.0, 1.0, 0.5],
        (1, 1e-6, 1000.0),
        [-5.1355945769003055, 6.2918669297491651e-6, 0.10202419533577774, 0.76119766949541816],
    ),
    (
        [12.0, 40.0, 1.0000001, 2000.0],
        (0, 0.0, 38.86),
        [-6.1684576715038525, 0.13583395340788088, 5.8785219584726548, 48.61821224604306],
    ),
    (
        [12.0, 40.0, 1.0000001, 2000.0],
        (1, 0.001, 38.86),
        [-7.5217291607196186, 0.079992847107696132, 6.368398788345376, 52.669729933213315],
    ),
    (
        [12.0, 40.0, 1.0000001, 2000.0],
        (2, 30.43, 38.86),
        [-11.840308719707987, 0.99008619750282343, 6.8582756182180973, 56.72124762038357],
    ),
    (
        [12.0, 40.0, 1.0000001, 2000.0],
        (7, 29.43, 38.86),
        [-19.826300801015508, 0.98112002477273387, 9.3076597675817034, 76.978836056234845],
    ),
    (
        [12.0, 40.0, 1.0000001, 2000.0],
        (60, 200.0, 730.0),
        [-139.71670413221013, 1.8576176093306875e-34, 3.6209504571967853, 30.862509704510272],
    ),
    (
        [12.0, 40.0, 1.0000001, 2000.0],
        (5000, 500.0, 520.0),
        [6167.9904446711391, 1.589206739962564e-75, 346.37656536155259, 2929.8113486643531],
    ),
    (
        [12.0, 40.0, 1.0000001, 2000.0],
        (3, 5.0, 5.0),
        [-5.1469674407710403, 1.0, 12.875182062186768, 106.27942132153419],
    ),
    (
        [12.0, 40.0, 1.0000001, 2000.0],
        (1, 1e-6, 1000.0),
        [-7.6045239467698354, 1.6180027000856857e-16, 0.48435844718268318, 4.16332350827208],
    ),
    (
        [0.7, 1e-2, 2.5, 30.0],
        (0, 0.0, 38.86),
        [-4.0490764308407142, 0.022062105810897452, 0.40500644016658338, 0.67266767435706138],
    ),
    (
        [0.7, 1e-2, 2.5, 30.0],
        (1, 0.001, 38.86),
        [-2.5752043997931833, 9.0998864347163796e-5, 0.98358706897598822, 1.6336214948671491],
    ),
    (
        [0.7, 1e-2, 2.5, 30.0],
        (2, 30.43, 38.86),
        [-14.56916884495909, 0.64384737271072662, 1.5621676977853931, 2.5945753153772367],
    ),
    (
        [0.7, 1e-2, 2.5, 30.0],
        (7, 29.43, 38.86),
        [-24.855425589885863, 0.38158190601217656, 4.4550708418324172, 7.3993444179276751],
    ),
    (
        [0.7, 1e-2, 2.5, 30.0],
        (60, 200.0, 730.0),
        [-146.15204613539907, 1.0774935794184533e-34, 3.0465944466317011, 15.410391965093419],
    ),
    (
        [0.7, 1e-2, 2.5, 30.0],
        (5000, 500.0, 520.0),
        [6492.7741621152277, 1.2865347752666273e-82, 344.34922011075871, 1524.3662666538451],
    ),
    ([0.7, 1e-2, 2.5, 30.0], (3, 5.0, 5.0), [-8.40410363548415, 1.0, 11.626948608638811, 15.269925958161889]),
    (
        [0.7, 1e-2, 2.5, 30.0],
        (1, 1e-6, 1000.0),
        [-2.5070678441209357, 3.931936202078167e-10, 0.063294332810306059, 0.35811379841574838],
    ),
    (
        [40.0, 2.0, 9.0, 0.05],
        (0, 0.0, 38.86),
        [-0.11580630044465698, 4.1661829164122819e-79, 4.7429523705399259, 4.6911464442559892],
    ),
    (
        [40.0, 2.0, 9.0, 0.05],
        (1, 0.001, 38.86),
        [2.6763695689340225, 2.4996165426724897e-80, 4.8615261798034241, 4.8084251053623889],
    ),
    (
        [40.0, 2.0, 9.0, 0.05],
        (2, 30.43, 38.86),
        [-170.39318739146794, 3.6518460261956087e-5, 4.9800999890669222, 4.9257037664687887],
    ),
    (
        [40.0, 2.0, 9.0, 0.05],
        (7, 29.43, 38.86),
        [-167.18875279592937, 2.140391176325875e-6, 5.572969035384413, 5.5120970720007873],
    ),
    (
        [40.0, 2.0, 9.0, 0.05],
        (60, 200.0, 730.0),
        [-327.73244251040172, 1.2689900383849505e-60, 4.2454903304186235, 9.7967272292092579],
    ),
    (
        [40.0, 2.0, 9.0, 0.05],
        (5000, 500.0, 520.0),
        [6413.5993579681843, 1.2061190776894727e-83, 275.70484290186044, 524.98010409265071],
    ),
    ([40.0, 2.0, 9.0, 0.05], (3, 5.0, 5.0), [-86.344212699450382, 1.0, 3.8776784557279931, 3.8701425254415469]),
    (
        [40.0, 2.0, 9.0, 0.05],
        (1, 1e-6, 1000.0),
        [2.8770272538323554, 4.4539033222505642e-150, 1.348595313782863, 3.7324922188450975],
    ),
];

#[test]
fn predictions_at_any_parameters_equal_200_digit_values() {
    for (parameters, (x, recency, age), [ll, alive, expected, discounted]) in ANY_PARAMETERS {
        let model = ParetoNbd::from_parameters(&parameters).unwrap();
        let history = History::new(x, recency, age).unwrap();
        close(model.log_likelihood(&history), ll, 2e-13);
        close(model.probability_alive(&history), alive, 5e-12);
        let future = model.if_alive(x, age);
        close(future.expected_purchases(39.0), expected, 1e-13);
        close(future.discounted_expected_purchases(0.0027), discounted, 1e-13);
        // The sum along the times is the same likelihood; with a neighbour on either side it is a longer sum.
        let alone = Pattern { history, weight: 1.0 };
        let other = Pattern { history: History { frequency: x, recency: 0.6 * recency, age: 1.3 * age }, weight: 1.0 };
        let at = parameters.map(f64::ln);
        let both = ll + model.log_likelihood(&other.history);
        close(ParetoNbdLikelihood::new(&[alone]).evaluate(&at).value, ll, 1e-12);
        close(ParetoNbdLikelihood::new(&[alone, other]).evaluate(&at).value, both, 1e-12);
    }
}

#[test]
fn expected_purchases_of_a_new_customer_are_those_of_the_reference() {
    // lifetimes 0.11.3 at the parameters of CDNOW.
    let model = ParetoNbd::from_parameters(&CDNOW).unwrap();
    let expected = [
        (1.0, 0.05100654558860663),
        (4.0, 0.19075822268334922),
        (12.0, 0.49775859096298997),
        (26.0, 0.9089158547928895),
        (39.0, 1.2134080732290227),
        (52.0, 1.4734414111302094),
        (78.0, 1.9098807722260944),
    ];
    for (weeks, purchases) in expected {
        close(model.expected_purchases(weeks), purchases, 1e-12);
    }
}

#[test]
fn expected_purchases_pass_smoothly_through_s_equal_to_1() {
    let at = |s: f64| ParetoNbd::new(2.0, 3.0, s, 5.0).unwrap().expected_purchases(40.0);
    let exact = 2.0 / 3.0 * 5.0 * 9.0_f64.ln();
    close(at(1.0), exact, 1e-15);
    for small in [1e-13, 1e-11, 1e-9, 1e-8, 2e-8] {
        // To first order E changes by the factor 1 - (s - 1) ln(1 + t/beta) / 2.
        close(at(1.0 + small), exact * (1.0 - 0.5 * small * 9.0_f64.ln()), 1e-14);
        close(at(1.0 - small), exact * (1.0 + 0.5 * small * 9.0_f64.ln()), 1e-14);
    }
}

#[test]
fn the_first_cdnow_customer_buys_n_times_with_the_reference_probabilities() {
    // lifetimes 0.11.3.
    let model = ParetoNbd::from_parameters(&CDNOW).unwrap();
    let history = History::new(2, 30.43, 38.86).unwrap();
    let found = model.conditional_purchase_distribution(&history, 39.0, 5);
    let expected = [
        0.40809107667489997,
        0.21926636017610182,
        0.1517461501034968,
        0.0956524708433343,
        0.05657513617957452,
        0.03198342272030601,
    ];
    for (found, expected) in found.iter().zip(expected) {
        close(*found, expected, 1e-11);
    }
}

/// r, alpha, s, beta; t; probabilities of n purchases of a new customer in t, by adaptive integration with 50 digits
/// (mpmath).
#[expect(clippy::type_complexity, reason = "a table")]
const DISTRIBUTIONS: &[([f64; 4], f64, &[(usize, f64)])] = &[
    (
        [0.5532755221040553, 10.577612433370078, 0.6062135934508098, 11.667912033542553],
        39.0,
        &[(0, 0.593532763489123), (1, 0.165584805021597), (10, 0.00419545477100433), (50, 1.21192261136795e-7)],
    ),
    (
        [0.05, 0.3, 0.02, 200.0],
        700.0,
        &[(0, 0.680106869586918), (3, 0.0121769144929249), (100, 0.000418369362349434), (300, 0.000134543469233056)],
    ),
    ([3.0, 500.0, 1.0, 0.5], 1000.0, &[(0, 0.984719343822372), (1, 0.0123759110942919), (20, 1.56219352322342e-6)]),
    (
        [12.0, 40.0, 1.0000001, 2000.0],
        365.0,
        &[(0, 0.00181095727915434), (30, 0.00171402729501029), (150, 0.00417194115214854), (300, 1.14430772457061e-6)],
    ),
    ([0.7, 1e-2, 2.5, 30.0], 5.0, &[(0, 0.0219397041406762), (10, 0.00670713895447532), (300, 0.000873665870470456)]),
    ([40.0, 2.0, 9.0, 0.05], 3.0, &[(0, 0.890647724658448), (2, 0.0115716571369196), (40, 4.57354923683565e-15)]),
    (
        [300.5, 50.0, 0.6, 51.0],
        39.0,
        &[
            (0, 0.00195382395080156),
            (10, 0.00185607543180952),
            (150, 0.00103399094688296),
            (250, 0.0101503546775498),
            (300, 0.000121954389225197),
        ],
    ),
    (
        [5000.5, 530.0, 0.6, 531.0],
        390.0,
        &[
            (0, 0.00011974773894683),
            (100, 0.000116020536783364),
            (1500, 7.87563363559692e-5),
            (3000, 5.65207232137794e-5),
        ],
    ),
    ([2.0, 10.0, 800.0, 8.0], 5.0, &[(0, 0.998003495376732), (1, 0.00199053005772233), (3, 2.37021271984797e-8)]),
    ([0.001, 5.0, 0.001, 5.0], 100.0, &[(0, 0.996964727894398), (1, 0.00094868398532028), (10, 6.12458306604987e-5)]),
];

#[test]
fn purchase_distributions_equal_50_digit_values() {
    for (parameters, time, expected) in DISTRIBUTIONS {
        let model = ParetoNbd::from_parameters(parameters).unwrap();
        let found = model.purchase_distribution(*time, 3000);
        for (n, probability) in *expected {
            assert!((found[*n] - probability).abs() < 1e-11, "{parameters:?} {n}: {} {probability}", found[*n]);
        }
    }
}

#[test]
fn the_distribution_sums_to_one_and_has_the_expected_mean() {
    let model = ParetoNbd::from_parameters(&CDNOW).unwrap();
    for (x, age, time) in [(0, 10.0, 5.0), (2, 40.0, 52.0), (30, 40.0, 52.0), (300, 100.0, 200.0)] {
        let future = model.if_alive(x, age);
        let distribution = future.purchase_distribution(time, 5000);
        close(distribution.iter().sum(), 1.0, 1e-11);
        let mean = distribution.iter().enumerate().map(|(n, p)| n as f64 * p).sum();
        close(mean, future.expected_purchases(time), 1e-10);
    }
}

#[test]
fn derivatives_are_those_of_the_value() {
    let mut rng = Pcg64Mcg::seed_from_u64(3);
    let model = ParetoNbd::new(0.8, 6.0, 0.7, 9.0).unwrap();
    let patterns: Vec<Pattern> = (0..60).map(|i| simulated(&model, 1.0 + f64::from(i), &mut rng)).collect();
    let rows: Vec<f64> = (0..120).map(|_| rng.sample(StandardNormal)).collect();
    let mut likelihood = ParetoNbdLikelihood::with_covariates(&patterns, &rows, 2);
    for beta in [0.5_f64, 50.0] {
        let at = [-0.3, 1.7, -0.2, beta.ln(), 0.3, -0.2, 0.1, 0.4];
        let here = likelihood.evaluate(&at);
        let mut gradient = [0.0; 8];
        close(likelihood.gradient(&at, &mut gradient), here.value, 1e-14);
        for i in 0..8 {
            close(gradient[i], here.gradient[i], 1e-12);
            let mut moved = |by: f64| {
                let mut at = at;
                at[i] += by;
                likelihood.evaluate(&at)
            };
            let (up, down) = (moved(1e-4), moved(-1e-4));
            let slope = (up.value - down.value) / 2e-4;
            assert!((slope - here.gradient[i]).abs() < 1e-5, "{i}: {slope} {}", here.gradient[i]);
            for j in 0..8 {
                let second = (up.gradient[j] - down.gradient[j]) / 2e-4;
                assert!((second - here.hessian[(i, j)]).abs() < 1e-5, "{i} {j}: {second} {}", here.hessian[(i, j)]);
            }
        }
    }
}

#[test]
fn simulated_customers_give_their_parameters_back() {
    let truth = ParetoNbd::new(1.2, 8.0, 0.9, 15.0).unwrap();
    let mut rng = Pcg64Mcg::seed_from_u64(11);
    let patterns: Vec<Pattern> = (0..20_000).map(|i| simulated(&truth, 30.0 + f64::from(i % 60), &mut rng)).collect();
    recovered(&fit(&patterns, &Settings::default()).unwrap().estimates, &truth.values());
}

#[test]
fn simulated_covariates_give_their_coefficients_back() {
    let base = ParetoNbd::new(1.2, 8.0, 0.9, 15.0).unwrap();
    let truth = ParetoNbdWithCovariates {
        base,
        names: vec!["member".into(), "distance".into()],
        alpha: vec![0.5, -0.3],
        beta: vec![-0.8, 0.2],
    };
    let mut rng = Pcg64Mcg::seed_from_u64(12);
    let (mut patterns, mut rows) = (Vec::new(), Vec::new());
    for i in 0..12_000 {
        let row = [f64::from(i % 2), rng.sample(StandardNormal)];
        patterns.push(simulated(&truth.model_for(&row).unwrap(), 30.0 + f64::from(i % 60), &mut rng));
        rows.extend(row);
    }
    let covariates = Covariates { names: truth.names.clone(), rows };
    let fitted = fit_with_covariates(&patterns, &covariates, &Settings::default()).unwrap();
    recovered(&fitted.estimates, &[1.2, 8.0, 0.9, 15.0, 0.5, -0.3, -0.8, 0.2]);
    assert_eq!(fitted.estimates[6].name, "beta:member");
    let without = fit(&patterns, &Settings::default()).unwrap();
    assert!(fitted.log_likelihood > without.log_likelihood + 100.0);
}

#[test]
fn the_unit_of_time_does_not_matter() {
    let scaled = |factor: f64| {
        let mut patterns = cdnow();
        for Pattern { history, .. } in &mut patterns {
            history.recency *= factor;
            history.age *= factor;
        }
        fit(&patterns, &Settings::default()).unwrap().model.values()
    };
    for factor in [7.0, 1.0 / 52.0, 7.0 * 86_400.0] {
        for (found, (expected, unit)) in scaled(factor).iter().zip(CDNOW.iter().zip([1.0, factor, 1.0, factor])) {
            close(*found, expected * unit, 1e-5);
        }
    }
}

#[test]
fn data_without_an_answer_say_so_and_a_penalty_gives_one() {
    let silent = Pattern { history: History::new(0, 0.0, 30.0).unwrap(), weight: 12.0 };
    let single = Pattern { history: History::new(3, 20.0, 30.0).unwrap(), weight: 1.0 };
    let fresh = Pattern { history: History::new(0, 0.0, 0.0).unwrap(), weight: 1.0 };
    let error = fit(&[silent], &Settings::default()).unwrap_err().to_string();
    assert!(error.contains("no customer bought again"), "{error}");
    assert!(fit(&[], &Settings::default()).unwrap_err().to_string().contains("no customers"));
    let error = fit(&[single], &Settings::default()).unwrap_err();
    assert!(matches!(error, ModelError::NotIdentified { .. } | ModelError::NoConvergence { .. }), "{error}");
    let penalised = Settings { penalty: 0.1, ..Settings::default() };
    for patterns in [vec![silent], vec![single], vec![fresh], vec![silent, single, fresh]] {
        let fitted: Fitted<ParetoNbd> = fit(&patterns, &penalised).unwrap();
        for estimate in fitted.estimates {
            assert!(estimate.value.is_finite() && estimate.standard_error.is_finite(), "{estimate:?}");
        }
    }
}

#[test]
fn refusals_name_what_is_wrong() {
    let pattern = |weight| Pattern { history: History::new(3, 20.0, 30.0).unwrap(), weight };
    let message = |patterns: &[Pattern], settings: &Settings| fit(patterns, settings).unwrap_err().to_string();
    let plain = Settings::default();
    assert_eq!(message(&[pattern(1.0), pattern(-2.0)], &plain), "weight of row 1 is -2; expected a number above 0");
    let settings = Settings { start: Some(vec![1.0, 0.0, 1.0, 1.0]), ..plain.clone() };
    assert_eq!(message(&[pattern(1.0)], &settings), "start of alpha is 0; expected a number above 0");
    let settings = Settings { penalty: f64::NAN, ..plain.clone() };
    assert_eq!(message(&[pattern(1.0)], &settings), "penalty is NaN; expected a number, 0 or more");
    let covariates = Covariates { names: vec!["age".into()], rows: vec![1.0, f64::INFINITY] };
    let error = fit_with_covariates(&[pattern(1.0), pattern(1.0)], &covariates, &plain).unwrap_err();
    assert_eq!(error.to_string(), "age of row 1 is inf; expected a finite number");
    assert!(fit_with_covariates(&[pattern(1.0)], &covariates, &plain).is_err());
    assert_eq!(
        ParetoNbd::new(1.0, 2.0, f64::INFINITY, 3.0).unwrap_err().to_string(),
        "s is inf; expected a number above 0"
    );
}

/// From tiny to huge, evenly over the powers of ten.
fn magnitude() -> impl Strategy<Value = f64> {
    (-4.0..7.0_f64).prop_map(|power| 10.0_f64.powf(power))
}

/// The search for the last lifetime that matters once went on for ever for a heavy buyer over a long horizon.
#[test]
fn few_purchases_of_a_heavy_buyer_over_a_long_time() {
    let heavy = ParetoNbd::new(1000.0, 1.0, 0.6, 81.7).unwrap();
    let few = heavy.purchase_distribution(1.718, 40);
    // mpmath at 40 digits
    for (n, expected) in
        [(0, 7.351148290543836e-6), (1, 7.351004044680792e-6), (20, 7.348264247799294e-6), (40, 7.345382045083569e-6)]
    {
        close(few[n], expected, 1e-9);
    }
}

/// The rule's rounding once made it 1 + 4e-12.
#[test]
fn no_probability_is_above_1() {
    let idle =
        ParetoNbd::new(0.00010723480797225976, 5335657.616402561, 349632.45963483304, 745.0770606894343).unwrap();
    let distribution = idle.if_alive(0, 1.0).purchase_distribution(0.04826239424395639, 40);
    assert!(distribution.iter().all(|p| (0.0..=1.0).contains(p)), "{distribution:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn nothing_valid_leaves_the_numbers(
        r in magnitude(), alpha in magnitude(), s in magnitude(), beta in magnitude(), age in magnitude(),
        share in 0.0..=1.0_f64, x in prop_oneof![Just(0_u32), 1..5_u32, 0..6000_u32], time in prop_oneof![magnitude(), Just(f64::INFINITY), Just(0.0)],
        rate in prop_oneof![magnitude(), Just(f64::INFINITY), Just(0.0)],
    ) {
        let model = ParetoNbd::new(r, alpha, s, beta).unwrap();
        let history = History::new(x, if x > 0 { share * age } else { 0.0 }, age).unwrap();
        prop_assert!(model.log_likelihood(&history).is_finite());
        let alive = model.probability_alive(&history);
        prop_assert!((0.0..=1.0).contains(&alive), "{alive}");
        let future = model.if_alive(x, age);
        let expected = future.expected_purchases(time);
        prop_assert!(expected >= 0.0 && expected.is_finite(), "{expected}");
        let discounted = future.discounted_expected_purchases(rate);
        prop_assert!(discounted >= 0.0 && discounted.is_finite(), "{discounted}");
        let distribution = future.purchase_distribution(time, 40);
        prop_assert!(distribution.iter().all(|p| (0.0..=1.0).contains(p)), "{distribution:?}");
        prop_assert!(distribution.iter().sum::<f64>() < 1.0 + 1e-9);
        let evaluation = ParetoNbdLikelihood::new(&[Pattern { history, weight: 1.0 }]).evaluate(&[r, alpha, s, beta].map(f64::ln));
        prop_assert!(evaluation.value.is_finite());
    }
    #[test]
    fn a_fit_of_few_customers_gives_numbers_or_says_why_not(
        few in proptest::collection::vec((prop_oneof![Just(0_u32), 1..4_u32, 0..400_u32], 0.0..=1.0_f64, 0.0..100.0_f64), 1..12),
        penalty in prop_oneof![Just(0.0), Just(0.1)],
    ) {
        let pattern = |&(x, share, age): &(u32, f64, f64)| {
            let recency = if x > 0 { share * age } else { 0.0 };
            Pattern { history: History::new(x, recency, age).unwrap(), weight: 1.0 }
        };
        let patterns: Vec<Pattern> = few.iter().map(pattern).collect();
        match fit(&patterns, &Settings { penalty, ..Settings::default() }) {
            Ok(fitted) => {
                prop_assert!(fitted.log_likelihood.is_finite());
                prop_assert!(fitted.log_covariance.iter().all(|v| v.is_finite()));
                prop_assert!(fitted.estimates.iter().all(|e| e.value.is_finite() && e.standard_error.is_finite()));
            }
            Err(error) => prop_assert!(penalty == 0.0, "{error}: {patterns:?}"),
        }
    }
}
