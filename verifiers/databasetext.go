package verifiers

import (
	"slices"
	"strings"
)

// readPgpass reads host:port:database:user:password, a line of .pgpass.
func (l *dbLogin) readPgpass(c Credential) (bool, error) {
	const fields = 5
	if l.protocol != "" && l.protocol != "postgres" {
		return false, nil
	}
	parts := []string{""}
	line := strings.TrimRight(c.Line, "\r")
	for i := 0; i < len(line); i++ {
		switch last := len(parts) - 1; {
		case line[i] == '\\' && i+1 < len(line):
			i++
			parts[last] += line[i : i+1]
		case line[i] == ':' && len(parts) < fields:
			parts = append(parts, "")
		default:
			parts[last] += line[i : i+1]
		}
	}
	if len(parts) != fields || parts[1] != "*" && strings.Trim(parts[1], "0123456789") != "" || !strings.HasSuffix(line, ":"+c.Secret) || strings.ContainsAny(line, " /\"'=") {
		return false, nil
	}
	l.protocol, l.host, l.user, l.password = "postgres", parts[0], parts[3], parts[4]
	if parts[1] != "*" {
		l.port = parts[1]
	}
	if parts[2] != "*" && parts[2] != "replication" {
		l.database = parts[2]
	}
	return true, nil
}

// A dbClient is a program that signs in to a database, and its options: names,
// between blanks.
type dbClient struct {
	programs, protocol                   string
	host, port, user, password, database string
	tls                                  string // without a value
}

func dbClients() []dbClient {
	return []dbClient{
		{
			programs: " mysql mysqldump mysqladmin mysqlimport mysqlshow mariadb mariadb-dump mycli ", protocol: "mysql",
			host: " -h --host ", port: " -P --port ", user: " -u --user ", password: " -p --password ", database: " -D --database ",
		},
		{
			programs: " redis-cli valkey-cli ", protocol: "redis",
			host: " -h ", port: " -p ", user: " --user ", password: " -a --pass ", database: " -n ", tls: " --tls ",
		},
		{
			programs: " mongo mongosh mongodump mongorestore mongoexport mongoimport ", protocol: "mongodb",
			host: " -h --host ", port: " --port ", user: " -u --username ", password: " -p --password ",
			database: " --authenticationDatabase ", tls: " --tls --ssl ",
		},
		{
			programs: " psql pg_dump pg_dumpall pg_restore createdb dropdb ", protocol: "postgres",
			host: " -h --host ", port: " -p --port ", user: " -U --username ", database: " -d --dbname ",
		},
	}
}

// readCommand reads the command line of a database's client.
func (l *dbLogin) readCommand(c Credential) (bool, error) {
	for _, text := range [...]string{fromMatch(c), c.Line} {
		words := shellWords(text)
		for i, word := range words {
			word = word[strings.LastIndexByte(word, '/')+1:]
			for _, client := range dbClients() {
				if !strings.Contains(client.programs, " "+word+" ") || !strings.Contains(text, c.Secret) {
					continue
				}
				at := dbLogin{protocol: client.protocol, password: c.Secret, params: l.params}
				if given := at.readOptions(client, words[i+1:]); given != "" && given != c.Secret {
					continue // the password of another command
				}
				if at.host == "" {
					return true, lacks("its command names no server")
				}
				*l = at
				return true, nil
			}
		}
	}
	return false, nil
}

// readOptions reads the words behind a client's name, and returns the password
// among them.
func (l *dbLogin) readOptions(client dbClient, words []string) (password string) {
	for i := 0; i < len(words); i++ {
		word := words[i]
		name, value, joined := strings.Cut(word, "=")
		switch {
		case word == "|" || word == ";" || word == "&&":
			words = words[:i]
			continue
		case !strings.HasPrefix(word, "-") || len(word) < 2:
			continue
		case !strings.HasPrefix(word, "--"):
			if name, value = word[:2], strings.TrimPrefix(word[2:], "="); value != "" {
				joined = true
			}
		}
		if strings.Contains(client.tls, " "+word+" ") {
			l.tls = true
			continue
		}
		field := l.option(client, name, &password)
		if field == nil {
			continue
		}
		if !joined && client.protocol == "mysql" && strings.Contains(client.password, " "+name+" ") {
			continue // its value is never the next word
		}
		if !joined && i+1 < len(words) {
			i++
			value = words[i]
		}
		*field = value
	}
	if client.protocol == "mongodb" {
		_, place, found := strings.Cut(l.host, "/") // of a replica set
		if !found {
			place = l.host
		}
		l.readHost(place)
	}
	return password
}

// option returns where the value of a client's option belongs; nil: nowhere.
func (l *dbLogin) option(client dbClient, name string, password *string) *string {
	for _, o := range [...]struct {
		names string
		field *string
	}{
		{client.host, &l.host}, {client.port, &l.port}, {client.user, &l.user}, {client.database, &l.database}, {client.password, password},
	} {
		if strings.Contains(o.names, " "+name+" ") {
			return o.field
		}
	}
	return nil
}

// shellWords returns the words of a command, without their quotes.
func shellWords(text string) []string {
	var words []string
	var word strings.Builder
	var quote rune
	begun := false
	end := func() {
		if begun {
			words = append(words, word.String())
		}
		word.Reset()
		begun = false
	}
	for _, r := range text {
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(r)
		case r == '"' || r == '\'':
			quote, begun = r, true
		case r == ' ' || r == '\t' || r == '\r' || r == '\n':
			end()
		case r == ';' || r == '|':
			end()
			words = append(words, string(r))
		default:
			begun = true
			word.WriteRune(r)
		}
	}
	end()
	return words
}

// readPairs reads connection strings of names and values: those of ADO.NET,
// ODBC and Npgsql (Host=h;Username=u;Password=p), of libpq (host=h user=u
// password=p) and of Redis for .NET (h:6380,password=p,ssl=True).
func (l *dbLogin) readPairs(c Credential) (bool, error) {
	text := stringWith(c)
	before, after, found := strings.Cut(text, c.Secret)
	if !found {
		return false, nil
	}
	text = strings.NewReplacer("'"+markedSecret+"'", markedSecret, "{"+markedSecret+"}", markedSecret).Replace(before + markedSecret + after)
	pairs, ok := pairsIn(text)
	if !ok {
		return false, nil
	}
	l.password = c.Secret
	l.user = pairs.first(userNames()...)
	l.database = pairs.first("database", "dbname", "initial catalog")
	for name, value := range pairs.known {
		l.params.Set(name, value)
	}
	place := pairs.first(placeNames()...)
	l.protocol = pairs.protocol(strings.ToLower(c.Line + c.Match))
	if l.protocol == "redis" {
		place = pairs.known[""]
	}
	l.readHost(strings.TrimPrefix(place, "tcp:"))
	l.setPort(pairs.known["port"])
	if strings.HasPrefix(place, "/") {
		l.host = place
	}
	return true, nil
}

func userNames() []string {
	return []string{"user id", "userid", "user", "uid", "username", "user name"}
}

func placeNames() []string {
	return []string{"host", "hostaddr", "server", "data source", "datasource", "hostname", "addr", "address", "network address", "endpoint"}
}

// markedSecret stands for the password in a text, as it may hold any sign.
const markedSecret = "\x00"

// dbPairs are the names and values of a connection string.
type dbPairs struct {
	separator string
	known     map[string]string // names in lower case; empty: a value alone, in front
}

// pairsIn reads the connection string in text, which ok says that there is.
func pairsIn(text string) (p dbPairs, ok bool) {
	for _, separator := range [...]string{";", ",", " "} {
		p = dbPairs{separator, map[string]string{}}
		for i, part := range strings.Split(text, separator) {
			name, value := pairOf(part)
			if i == 0 && separator == "," {
				name = ""
			}
			if _, twice := p.known[name]; !twice {
				p.known[name] = value
			}
		}
		if p.first("password", "pwd", "passwd") == markedSecret && (p.first(placeNames()...) != "" || strings.Contains(p.known[""], ":")) {
			return p, true
		}
	}
	return p, false
}

// first returns the value of the first of names that has one.
func (p dbPairs) first(names ...string) string {
	for _, name := range names {
		if v := p.known[name]; v != "" {
			return v
		}
	}
	return ""
}

func (p dbPairs) has(names ...string) bool {
	for _, name := range names {
		if _, ok := p.known[name]; ok {
			return true
		}
	}
	return false
}

// stringWith returns the text in quotes that c's secret stands in.
func stringWith(c Credential) string {
	i := strings.Index(c.Line, c.Secret)
	if i < 0 {
		return c.Match
	}
	ends := func(r rune) bool { return strings.ContainsRune("\"`<>\r\n", r) }
	start := strings.LastIndexFunc(c.Line[:i], ends) + 1
	end := len(c.Line)
	if j := strings.IndexFunc(c.Line[i+len(c.Secret):], ends); j >= 0 {
		end = i + len(c.Secret) + j
	}
	return c.Line[start:end]
}

// pairOf reads name=value. What stands before the name is left away; a value
// alone has no name.
func pairOf(part string) (name, value string) {
	i := strings.LastIndexByte(part, '=')
	value = strings.Trim(part[i+1:], " \t'{});")
	if i < 0 {
		return "", value[strings.LastIndexAny(value, " '=(")+1:]
	}
	name = strings.TrimRight(part[:i], " \t")
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_ "
	name = name[len(strings.TrimRight(name, letters)):]
	if len(name) > len("network address")+1 { // of prose before it the last word is the name
		name = name[strings.LastIndexByte(name, ' ')+1:]
	}
	return strings.ToLower(strings.TrimSpace(name)), value
}

// protocol returns the one that a connection string is for, as far as its names
// and the words around it tell; empty: they do not, or it is another.
func (p dbPairs) protocol(around string) string {
	mysql, postgres := []string{"mysql", "mariadb"}, []string{"postgres", "npgsql", "psql", "psycopg", "libpq"}
	driver := strings.ToLower(p.known["driver"] + p.known["provider"])
	port := p.known["port"]
	switch {
	case p.separator == ",":
		if strings.Contains(p.known[""], ":") || p.has("ssl", "abortconnect", "allowadmin", "defaultdatabase") {
			return "redis"
		}
		return ""
	case containsAny(driver, mysql):
		return "mysql"
	case containsAny(driver, postgres):
		return "postgres"
	case driver != "" || p.has("integrated security", "trustservercertificate", "multipleactiveresultsets", "trusted_connection"):
		return "" // of SQL Server, most of them
	case port == "3306" || p.has("allowuservariables", "allowpublickeyretrieval", "charset", "convertzerodatetime"):
		return "mysql"
	case port == "5432" || port == "6432" || port == "6543" || p.separator == " " && p.has("dbname", "sslmode") || p.separator == ";" && p.has("host") && p.has("username"):
		return "postgres"
	case containsAny(around, postgres):
		return "postgres"
	case containsAny(around, mysql):
		return "mysql"
	}
	return ""
}

func containsAny(text string, words []string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(text, w) })
}
