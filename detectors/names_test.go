package detectors

import (
	"strings"
	"testing"
)

func TestNamesSayWhatTheyHold(t *testing.T) {
	for want, names := range map[naming]string{
		namesPassword: "password db_password DB_PASSWORD dbPassword adminPwd passwd passphrase DBPASS rootpw smtp_pass user-password password1 password_prod " +
			"MYSQL_ROOT_PASSWORD spring.datasource.password setPassword passwort datenbank_passwort mot_de_passe motdepasse contrasena senha_banco_senha " +
			"wachtwoord losenord PGPASSWORD keystorePassword ansible_ssh_pass passwordDefault newPassword2",
		namesSecret: "secret client_secret clientSecret JWT_SECRET SECRET_KEY SECRET_KEY_BASE encryptionKey private-key signing_key appsecret secretkey hmacKey",
		namesKey:    "api_key apiKey APIKEY X-Api-Key account_key AWS_SECRET_ACCESS_KEY accessKey storageKey CURSOR_API_KEY dns_check_api_key pushApiKey subscription-key GOOGLE_MAPS_API_KEY apikey2",
		namesToken:  "token access_token accessToken DEPLOY_TOKEN auth-token bot_token Authorization bearer authtoken BLOB_READ_WRITE_TOKEN credentials",
		namesNothing: "password_hash password_hash_algorithm passwordLength token_count tokenCount key_id keyId public_key publicKey csrf_token csrfToken " +
			"page_token next_page_token tokenizer secretary monkey keyboard compass bypass first_pass pass_count OLDPWD primary_key sort_key cache_key " +
			"forgot_password confirmPassword hashedPassword password_label is_password secret_name token_type token_url passwordField author authority " +
			"check_api_key acme_public_api_key private_key_path x key client_id username",
	} {
		for _, text := range strings.Fields(names) {
			if got := readName([]byte(text)).naming; got != want {
				t.Errorf("%s: got %d, want %d", text, got, want)
			}
		}
	}
}

func TestNamesThatDoubt(t *testing.T) {
	for text, want := range map[string]name{
		"pass":          {naming: namesPassword, vague: true},
		"PWD":           {naming: namesPassword, vague: true},
		"test_password": {naming: namesPassword, dummy: true},
		"fakeApiKey":    {naming: namesKey, dummy: true},
		"token":         {naming: namesToken, vague: true},
		"api_token":     {naming: namesToken},
	} {
		if got := readName([]byte(text)); got != want {
			t.Errorf("%s: got %+v, want %+v", text, got, want)
		}
	}
}

func TestLongNamesAreNoNames(t *testing.T) {
	if n := readName([]byte(strings.Repeat("a_", 100) + "password")); n != (name{}) {
		t.Errorf("%+v", n)
	}
	readName([]byte(strings.Repeat("aB", 40) + "-"))
	readName([]byte("..."))
}

func TestReadingNamesAllocatesNothing(t *testing.T) {
	key := []byte("spring.datasource.adminPassword2")
	if n := testing.AllocsPerRun(100, func() { readName(key) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
