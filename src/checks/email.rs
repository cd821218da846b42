//! E-mail addresses: the practical syntax of RFC 5321/5322 with Swedish letters, and the top-level domains of
//! IANA's root zone.

use std::collections::HashSet;
use std::sync::LazyLock;

static TLDS: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    include_str!("../../rules/words/tlds.txt")
        .lines()
        .map(str::trim)
        .filter(|l| !l.is_empty() && !l.starts_with('#'))
        .collect()
});

/// Whether the last label of `domain` is a top-level domain.
pub fn known_tld(domain: &str) -> bool {
    let label = domain.rsplit('.').next().unwrap_or_default();
    if label.len() > 24 || label.len() < 2 {
        return false;
    }
    let lower = label.to_ascii_lowercase();
    TLDS.contains(lower.as_str())
}

/// Top-level domains that are file extensions or code as well: `x@2x.mov`, `user@host.sh`. An address in one of
/// these is as likely a file name.
pub fn doubtful_tld(domain: &str) -> bool {
    let label = domain.rsplit('.').next().unwrap_or_default();
    [
        "zip", "mov", "py", "rs", "sh", "pl", "md", "so", "app", "dev", "ps", "cc",
    ]
    .iter()
    .any(|tld| label.eq_ignore_ascii_case(tld))
}

/// Local parts of functions, not persons.
const ROLES: &[&str] = &[
    "info",
    "kontakt",
    "contact",
    "kundtjanst",
    "kundtjänst",
    "kundservice",
    "support",
    "help",
    "helpdesk",
    "order",
    "orders",
    "faktura",
    "fakturor",
    "invoice",
    "ekonomi",
    "reception",
    "vaxel",
    "växel",
    "noreply",
    "no-reply",
    "donotreply",
    "do-not-reply",
    "mailer-daemon",
    "postmaster",
    "webmaster",
    "hostmaster",
    "abuse",
    "admin",
    "administrator",
    "root",
    "sales",
    "salj",
    "sälj",
    "forsaljning",
    "försäljning",
    "marknad",
    "press",
    "jobb",
    "jobs",
    "hr",
    "personal",
    "lon",
    "lön",
    "gdpr",
    "dpo",
    "dataskydd",
    "dataskyddsombud",
    "privacy",
    "security",
    "registrator",
    "arkiv",
    "kansli",
    "bokning",
    "booking",
    "newsletter",
    "nyhetsbrev",
    "test",
    "it",
    "drift",
    "service",
    "office",
    "kontoret",
    "hello",
    "hej",
    "post",
    "mail",
    "epost",
    "team",
    "billing",
    "reklamation",
    "klagomal",
    "klagomål",
];

/// Whether the local part names a function.
pub fn is_role(local: &str) -> bool {
    let lower = local.to_lowercase();
    ROLES.contains(&lower.as_str())
}

/// Services where people have addresses of their own.
const FREE: &[&str] = &[
    "gmail.com",
    "hotmail.com",
    "hotmail.se",
    "outlook.com",
    "live.se",
    "live.com",
    "msn.com",
    "yahoo.com",
    "yahoo.se",
    "icloud.com",
    "me.com",
    "telia.com",
    "comhem.se",
    "bredband.net",
    "bredband2.com",
    "bahnhof.se",
    "spray.se",
    "home.se",
    "swipnet.se",
    "tele2.se",
    "passagen.se",
    "glocalnet.net",
    "tiscali.se",
    "proton.me",
    "protonmail.com",
];

/// Whether the domain is a private person's mail service.
pub fn is_free_mail(domain: &str) -> bool {
    FREE.iter().any(|free| domain.eq_ignore_ascii_case(free))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domains_and_roles() {
        assert!(known_tld("example.se") && known_tld("EXAMPLE.COM") && known_tld("sub.example.co.uk"));
        for domain in [
            "img.png",
            "getty.service",
            "x.exe",
            "localhost",
            "10.00",
            "example.c",
        ] {
            assert!(!known_tld(domain), "{domain}");
        }
        assert!(is_role("Info") && is_role("NO-REPLY") && !is_role("bo.ek"));
        assert!(is_free_mail("Gmail.com") && !is_free_mail("example.se"));
    }
}
