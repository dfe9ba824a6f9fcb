package detectors

import (
	"strings"
	"testing"

	"github.com/mudlark-scan/mudlark"
)

// chosen are passwords as people choose them, put together from parts. They
// stand for %1, %2... in the lines below.
func chosen() *strings.Replacer {
	return strings.NewReplacer(
		"%1", "Winter"+"2021", "%2", "kd8#"+"2kLp", "%3", "Passw"+"0rd!23", "%4", "S3cr"+"3t99", "%5", "a8Fh"+"2kQz",
		"%6", "Lisboa"+"1987", "%7", "mypr0d"+"db!", "%8", "Bl4ck"+"Cat77", "%9", "zaq1"+"XSW@cde",
	)
}

// A line is one as repositories have them, and the file that it stands in.
type line struct{ path, text string }

// leaks are lines with passwords and keys in them, by class.
func leaks() map[string][]line {
	return map[string][]line{
		"configuration": {
			{".env", "DB_PASSWORD=%2"},
			{".env", "DB_PASS=%1"},
			{".env", "MAIL_PASSWORD=<alnum 12>"},
			{".env", "SMTP_PWD=%8"},
			{".env", "REDIS_PASSWORD='%9'"},
			{".env", "ADMIN_PASSWORD=%6 # rotate"},
			{".env", "POSTGRES_PASSWORD=<base62 10>"},
			{".env.production", "APP_KEY_PASSPHRASE=\"%7\""},
			{"config/database.yml", "production:\n  username: app\n  password: %5\n"},
			{"config/app.yaml", "db:\n  DB_PASS: '%2'\n"},
			{"deploy/values.yaml", "auth:\n  rootPassword: %4\n"},
			{"docker-compose.yml", "    environment:\n      - MYSQL_ROOT_PASSWORD=%1\n"},
			{"docker-compose.yml", "    environment:\n      MONGO_INITDB_ROOT_PASSWORD: <alnum 14>\n"},
			{"application.properties", "spring.datasource.password=%8"},
			{"application.properties", "spring.mail.password = <alnum 16>"},
			{"application.properties", "server.ssl.key-store-password=%6"},
			{"conf/app.ini", "[database]\nuser = app\npassword = %9\n"},
			{"conf/app.ini", "[smtp]\npwd=%3\n"},
			{"conf/my.cnf", "[client]\nuser=root\npassword=%2\n"},
			{"settings.toml", "[db]\npassword = \"%5\"\n"},
			{"config.json", "{\n  \"user\": \"app\",\n  \"password\": \"%5\"\n}\n"},
			{"config.json", "{\n  \"dbPassword\": \"%8\",\n  \"port\": 5432\n}\n"},
			{"config.json", `{"host":"10.0.3.4","user":"sa","pwd":"%2"}`},
			{"appsettings.json", "\"Smtp\": {\n  \"Host\": \"smtp.acme.io\",\n  \"Password\": \"<alnum 12>\"\n}\n"},
			{"web.config", "<add key=\"SmtpPassword\" value=\"%4\" />"},
			{"web.config", "<add key=\"DbPwd\" value=\"%8\"/>"},
			{"pom.xml", "<server>\n  <username>ci</username>\n  <password>%2</password>\n</server>\n"},
			{"strings.xml", "<string name=\"api_password\"><alnum 14></string>"},
			{"terraform.tfvars", "db_password = \"%9\""},
			{"main.tf", "  master_password = \"%1\""},
			{"group_vars/all.yml", "ansible_become_pass: %2"},
			{"group_vars/all.yml", "mysql_root_password: \"%8\""},
			{"inventory", "web1 ansible_host=10.2.3.4 ansible_ssh_pass=%5"},
			{"wpa.conf", "wifi_password=%6"},
			{"Dockerfile", "ENV DB_PASSWORD %2"},
			{"Dockerfile", "ENV MYSQL_PASSWORD=%4"},
			{"Dockerfile", "ARG ADMIN_PASSWORD=%8"},
		},
		"program": {
			{"app/db.py", "password = \"%1\""},
			{"app/db.py", "conn = pymysql.connect(host='10.1.2.3', user='app', passwd='%2', db='crm')"},
			{"app/db.py", "DB_PASSWORD = os.getenv('DB_PASSWORD', '%8')"},
			{"app/settings.py", "        'USER': 'app',\n        'PASSWORD': '%5',\n"},
			{"app/settings.py", "EMAIL_HOST_PASSWORD = '<alnum 14>'"},
			{"app/mail.py", "server.login(user='bot@acme.io', password='%4')"},
			{"inc/db.php", "$password = '%2';"},
			{"inc/db.php", "$dbpass = \"%1\";"},
			{"inc/db.php", "define('DB_PASSWORD', '%8');"},
			{"inc/db.php", "    'password' => '%9',"},
			{"inc/db.php", "$config['smtp_pass'] = '%5';"},
			{"src/Db.java", "private static final String PASSWORD = \"%2\";"},
			{"src/Db.java", "dataSource.setPassword(\"%8\");"},
			{"src/Db.java", "props.put(\"mail.smtp.password\", \"%5\");"},
			{"src/Db.java", "props.setProperty(\"password\", \"%2\");"},
			{"src/Db.java", "String dbPwd = \"%9\";"},
			{"src/db.js", "const password = '%2';"},
			{"src/db.js", "  user: 'root',\n  password: '%8',\n  database: 'crm',\n"},
			{"src/db.js", "const DB_PASS = process.env.DB_PASS || '%5';"},
			{"src/db.ts", "  private readonly adminPassword: string = '%9';"},
			{"db/db.go", "\tdbPassword := \"%2\""},
			{"db/db.go", "const smtpPassword = \"%8\""},
			{"db/db.go", "\tPassword: \"%5\","},
			{"Db.cs", "private const string DbPassword = \"%2\";"},
			{"Db.cs", "options.Password = \"%8\";"},
			{"db.rb", "  password: '%9',"},
			{"db.rb", "ENV['DB_PASSWORD'] = '%2'"},
			{"db.pl", "my $db_pass = '%5';"},
			{"Db.kt", "val dbPassword = \"%8\""},
			{"Db.swift", "let keychainPassword = \"%2\""},
			{"db.rs", "const DB_PASSWORD: &str = \"%9\";"},
			{"db.c", "#define WIFI_PASSWORD \"%5\""},
			{"db.c", "char *db_password = \"%2\";"},
			{"db.lua", "local password = \"%8\""},
			{"schema.sql", "CREATE USER app IDENTIFIED BY '%2';"},
			{"schema.sql", "ALTER USER app WITH PASSWORD '%8';"},
			{"db.ps1", "$password = ConvertTo-SecureString \"%2\" -AsPlainText -Force"},
			{"db.vb", "Dim password As String = \"%5\""},
			{"Db.scala", "val password = \"%9\""},
			{"db.dart", "final String password = '%2';"},
		},
		"command": {
			{"deploy.sh", "mysql -u root -p%4 crm < dump.sql"},
			{"deploy.sh", "mysqldump --user=app --password=%2 crm"},
			{"deploy.sh", "export PGPASSWORD=%8"},
			{"deploy.sh", "PGPASSWORD='%2' psql -h 10.1.2.3 crm"},
			{"deploy.sh", "sshpass -p '%5' ssh deploy@10.1.2.3"},
			{"deploy.sh", "redis-cli -a %9 ping"},
			{"deploy.sh", "docker login -u ci -p %2 registry.acme.io"},
			{"deploy.sh", "DB_PASS=\"%8\""},
			{"deploy.sh", "curl -u admin:%2 https://nexus.acme.io/x"},
			{"deploy.sh", "echo 'root:%9' | chpasswd"},
			{"deploy.bat", "set DB_PASSWORD=%8"},
			{"deploy.bat", "net use z: \\\\10.1.2.3\\share /user:acme\\ops %2"},
			{"Jenkinsfile", "sh 'mvn deploy -Dpassword=%5'"},
			{"Makefile", "DB_PASSWORD ?= %8"},
		},
		"text": {
			{"notes.txt", "password: %2"},
			{"notes.txt", "The admin password is %9"},
			{"notes.txt", "user: admin / pass: %2"},
			{"notes.txt", "wifi password = %8"},
			{"notes.txt", "login: ops, pwd: %5"},
			{"mail.eml", "Your new password is: %2"},
			{"export.csv", "user,password,role\nops,%5,admin\n"},
		},
		"key": {
			{".env", "FOO_API_KEY=<alnum 8>"},
			{".env", "STRIPE_LIKE_SECRET=<base62 14>"},
			{".env", "ACME_API_KEY=<digits 25>"},
			{".env", "ACME_TOKEN=<uuid>"},
			{"config.yml", "acme:\n  api_key: <uuid>\n"},
			{"app/a.py", "api_key = '<base64url 1200>'"},
			{"app/a.py", "access_token = '<base64 600>'"},
			{"A.java", "System.setProperty(\"ACME_TOKEN\", \"<uuid>\");"},
			{"A.java", "props.put(\"acme.api.key\", \"<hex 32>\");"},
			{"a.go", "os.Setenv(\"ACME_API_KEY\", \"<base62 24>\")"},
			{"a.php", "define('ACME_API_KEY', '<hex 32>');"},
			{"seed.sql", "INSERT INTO settings (name, value) VALUES ('acme_api_token', '<alnum 24>');"},
			{"Makefile", "ACME_TOKEN ::= <base62 32>"},
			{"Makefile", "ACME_TOKEN :::= <base62 32>"},
			{"notes.txt", "# our Acme api key is <alnum 32>"},
			{"notes.txt", "Acme API key: <hex 32>"},
			{"notes.txt", "Acme API key:\n<hex 32>"},
			{"build.gradle", "buildConfigField \"String\", \"ACME_API_KEY\", '\"<base62 32>\"'"},
			{"seed.sql", "INSERT INTO services (id, name, api_token) VALUES (1, 'acme', '<base62 32>');"},
			{"template.yml", "  AcmeSecret:\n    Type: String\n    Default: <alnum 32>"},
			{"rabbitmq.config", "{api_key, \"<hex 32>\"},"},
			{"postman.json", "{\"key\": \"x-api-key\", \"value\": \"<uuid>\", \"type\": \"text\"}"},
			{"A.cs", "client.DefaultRequestHeaders.Add(\"X-Api-Key\", \"<uuid>\");"},
			{"a.php", "putenv('ACME_API_KEY=<alnum 32>');"},
			{"a.py", "# the acme api key = <base62 40>"},
			{"notes.txt", "the access token is `<base62 32>`"},
			{"notes.txt", "use the Acme api key `<alnum 32>` for staging"},
			{"deploy.sh", "curl -u <base62 32>: https://api.acme.io/v1/charges"},
		},
	}
}

// harmless are lines that only look like those.
func harmless() map[string][]line {
	return map[string][]line{
		"reference": {
			{".env", "DB_PASSWORD=${VAULT_DB_PASSWORD}"},
			{"config.yml", "password: <%= ENV['DB_PASSWORD'] %>"},
			{"config.yml", "  password: !vault |"},
			{"config.yml", "passwordSecretRef: crm-database-2"},
			{"app/db.py", "password = os.environ['DB_PASSWORD2']"},
			{"app/db.py", "password = config.get('db', 'password1')"},
			{"src/db.js", "password: process.env.DB_PASS2,"},
			{"main.tf", "  password = var.db_password_v2"},
			{"main.tf", "  password = random_password.db1.result"},
			{"deploy.sh", "mysql -u root -p$MYSQL_PASS crm"},
			{"deploy.sh", "PGPASSWORD=$(cat /run/secrets/pg1)"},
			{"a.php", "$password = $_POST['password1'];"},
			{"a.php", "$api_key = get_option('acme_api_key2');"},
			{"values.yaml", "existingSecret: crm-pg15-auth"},
			{"w.yml", "token: ${{ secrets.ACME_TOKEN1 }}"},
			{"A.java", "@Value(\"${db.password1}\") String password;"},
			{"A.java", "String token = System.getenv(\"ACME_TOKEN2\");"},
		},
		"expression": {
			{"a.c", "if (password[i2] == key[0]) return token->id32;"},
			{"a.c", "char *pass = argv[optind+1];"},
			{"a.c", "pwd = getpwuid(1000);"},
			{"a.js", "const token = tokens[i1].value2;"},
			{"a.js", "this.password2 = this.form.password1;"},
			{"a.js", "secret: base32Encode(bytes16),"},
			{"a.py", "password=hash_password_v2(raw, salt16)"},
			{"a.go", "token := next4(r, buf32)"},
			{"a.go", "apiKey := cfg2.APIKey1"},
			{"a.ts", "password?: string | null1;"},
			{"a.rs", "let key = aes256_key_from(seed32);"},
			{"a.rb", "token = SecureRandom.hex(32)"},
			{"a.cs", "var secretKey = section[\"SecretKey1\"];"},
			{"a.sql", "password VARCHAR(255) NOT NULL,"},
			{"a.cpp", "api_key_ = std::move(other2.api_key_);"},
		},
		"placeholder": {
			{".env", "DB_PASSWORD=changeme123"},
			{".env", "API_KEY=your-api-key-123"},
			{".env", "API_KEY=xxxxxxxx12"},
			{"config.yml", "password: <your password 1>"},
			{"config.yml", "password: 'password123'"},
			{"config.yml", "password: admin123"},
			{"config.yml", "api_key: 1234567890abcdef"},
			{"config.yml", "token: abcdef123456"},
			{"config.json", "\"password\": \"********\""},
			{"config.json", "\"secret\": \"REDACTED-12345\""},
			{"a.py", "API_KEY = 'INSERT_KEY_HERE_1'"},
			{"a.py", "password = 'test1234'"},
			{"a.py", "password = 'foobar123'"},
		},
		"text for people": {
			{"en.json", "\"password\": \"Password (8 characters)\""},
			{"en.json", "\"invalid_password\": \"Use 8 characters\""},
			{"en.json", "\"passwordHint\": \"At least 1 digit\""},
			{"de.json", "\"password\": \"Passwort\""},
			{"fr.json", "\"api_key\": \"Clé d'API n°2\""},
			{"a.js", "label: 'API key v2', token: 'Token v2'"},
			{"a.html", "<input type=\"password\" name=\"password1\" id=\"pwd2\">"},
			{"notes.txt", "The password is 12 characters long."},
			{"notes.txt", "Set the password to something with 2 digits."},
			{"notes.txt", "The API key is sent in the X-Api-Key2 header."},
			{"notes.txt", "Access token for OAuth2: see section 4.1.2"},
			{"notes.txt", "token is an RFC6750 bearer"},
			{"notes.txt", "api key `acme_v2_list` scope"},
		},
		"name or number": {
			{"config.yml", "password_min_length: 12"},
			{"config.yml", "token_ttl: 3600s"},
			{"config.yml", "secret_name: crm/prod/db1"},
			{"config.yml", "api_key_id: <alnum 12>"},
			{"config.yml", "request_token: <uuid>"},
			{"config.yml", "session_token_id: <uuid>"},
			{"config.yml", "public_api_key: <base62 12>"},
			{"config.yml", "api_key_version: 20240102"},
			{"config.yml", "token: v1.2.3-rc4"},
			{"config.yml", "auth: oauth2-pkce"},
			{"config.yml", "secret: crm-db-2024"},
			{"config.yml", "api_key: acme-prod-1"},
			{"config.yml", "private_key: /etc/ssl/k8s-1.pem"},
			{"config.yml", "password_hash: <hex 40>"},
			{"a.go", "case \"password1\", \"token2\", \"secret3\":"},
			{"a.go", "assert.Equal(t, \"token\", \"tok12abc\")"},
			{"a.py", "FIELDS = ['user', 'password', 'email2', 'token3']"},
			{"a.js", "headers.get('authorization', 'x-api2')"},
			{"a.sql", "INSERT INTO fields (name, kind) VALUES ('password', 'varchar255');"},
			{"go.sum", "github.com/acme/token v1.2.3 h1:<base64 43>="},
			{"package-lock.json", "\"integrity\": \"sha512-<base64 86>==\""},
		},
		"test": {
			{"db_test.go", "\tpassword := \"%2\""},
			{"tests/test_db.py", "password = '%8'"},
			{"src/test/java/DbTest.java", "user.setPassword(\"%5\");"},
			{"spec/db_spec.rb", "  password: '%9',"},
			{"__tests__/db.js", "const password = '%2';"},
			{"examples/db.py", "api_key = '<base62 12>'"},
			{"docs/setup.md", "password: %2"},
			{"fixtures/users.json", "{\"user\": \"a\", \"password\": \"%8\"}"},
		},
	}
}

// The rates are asked for by class: a change that finds more of one must not pay
// with another.
func TestRatesOfLines(t *testing.T) {
	_, e := builtin(t)
	words := chosen()
	reported := func(l line) (reported bool) {
		text := words.Replace(fill(t, l.text, 1)) + "\n"
		e.Detect(mudlark.Chunk{Data: []byte(text), Origin: mudlark.Origin{Path: l.path}}, func(f mudlark.Finding) {
			e.Place(&f)
			reported = reported || f.Confidence > mudlark.Low
		})
		return reported
	}
	for class, lines := range leaks() {
		found := 0
		for _, l := range lines {
			if reported(l) {
				found++
			} else {
				t.Logf("%s: not found: %s: %q", class, l.path, l.text)
			}
		}
		if found*10 < len(lines)*9 {
			t.Errorf("%s: %d of %d found", class, found, len(lines))
		}
	}
	for class, lines := range harmless() {
		found := 0
		for _, l := range lines {
			if reported(l) {
				found++
				t.Logf("%s: found: %s: %q", class, l.path, l.text)
			}
		}
		if found*20 > len(lines) {
			t.Errorf("%s: %d of %d found", class, found, len(lines))
		}
	}
}
