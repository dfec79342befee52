"""What is guessed first: the commonest passwords of public lists that are long enough to be taken, and their words."""

# Any of these with digits and signs around it, or twice in a row, is guessed too.
COMMON_WORDS = frozenset({
    "abcdefg", "access", "account", "admin", "adminadmin", "administrator", "april", "arsenal", "asdfghjkl",
    "august", "autumn", "azerty", "barcelona", "baseball", "basketball", "batman", "bienvenue", "business",
    "changeme", "charlie", "chelsea", "company", "computer", "contrasena", "december", "default", "dragon",
    "dynaris", "facebook", "february", "ferrari", "football", "freedom", "friday", "google", "guest", "hello",
    "hunter", "iloveu", "iloveyou", "instagram", "internet", "invoice", "january", "jennifer", "jordan", "july",
    "june", "juventus", "letmein", "linkedin", "liverpool", "login", "love", "lovely", "loveyou", "march",
    "master", "mercedes", "michael", "monday", "monkey", "motdepasse", "mypassword", "newpassword", "november",
    "october", "office", "parola", "pass", "passw", "passwd", "password", "passwordpassword", "passwort",
    "porsche", "princess", "qazwsx", "qazwsxedc", "qwerty", "qwertyuiop", "qwertz", "realmadrid", "root",
    "rootroot", "samsung", "saturday", "secret", "september", "shadow", "sommer", "spring", "starwars",
    "summer", "sunday", "sunshine", "superman", "temp", "temporary", "test", "tester", "testing",
    "thispassword", "thursday", "trustno", "tuesday", "twitter", "user", "wachtwoord", "wednesday", "welcome",
    "whatever", "willkommen", "winter", "yourpassword", "zxcvbnm",
})  # fmt: skip

COMMON = frozenset({
    "!qaz2wsx#edc", "0000000000", "0123456789", "0987654321", "1111111111", "1212121212", "1231231231",
    "123123123123", "1234567890", "1234567891", "12345678910", "123456789a", "123456qwerty", "1234qwerasdf",
    "123qweasdzxc", "1357924680", "147258369a", "18atcskd2w", "1q2w3e4r5t", "1q2w3e4r5t6y", "1qaz2wsx3e",
    "1qaz2wsx3edc", "1qazxsw23edc", "2468013579", "3rjs1la7qe", "5555555555", "789456123a", "9876543210",
    "a123456789", "a1b2c3d4e5", "aa12345678", "abc123456789", "abcd123456", "abcd1234567", "alexander1",
    "asdf1234qwer", "asdfghjkl1", "blink182blink", "bubblegum1", "charlotte1", "cheesecake1", "christopher",
    "correcthorsebatterystaple", "elizabeth1", "fortnite123", "g_czechout", "iloveyou1234", "jesuschrist",
    "letmeinplease", "lovelovelove", "manchester1", "michelle123", "minecraft1", "myspace123", "openthedoor",
    "p@ssw0rd123", "pokemon123", "portugal123", "q1w2e3r4t5", "q1w2e3r4t5y6", "qweasdzxc123", "qwer1234asdf",
    "qwerty123456", "qwertyuiop1", "qwertyuiop[]", "starwars123", "stephanie1", "sweetheart",
    "thequickbrownfox", "unknown12345", "valentina1", "washington", "zaq12wsxcde", "zxcvbnm123",
})  # fmt: skip
