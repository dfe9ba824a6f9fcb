package verifiers

import (
	"net/url"
	"strings"
)

// addressText is text without what JSON and XML write for signs of an address.
func addressText(text string) string {
	return strings.NewReplacer(`\/`, "/", `\u0026`, "&", "&amp;", "&").Replace(text)
}

// fromMatch returns c's line from where the match begins, or the match alone if
// it is not on the line.
func fromMatch(c Credential) string {
	if i := strings.Index(c.Line, c.Match); i >= 0 {
		return c.Line[i:]
	}
	return c.Match
}

// readAddress reads scheme://user:password@host:port/database?parameters, and
// addresses with the password among their parameters. The address is in the
// match, or on the line if the match is no more than the password.
func (l *dbLogin) readAddress(c Credential) (bool, error) {
	secret, text := addressText(c.Secret), addressText(fromMatch(c))
	if !strings.Contains(c.Match, "://") {
		text = addressText(c.Line)
	}
	if i := strings.Index(text, ":"+secret+"@"); i >= 0 {
		scheme, user, ok := cutScheme(text[:i])
		if !ok {
			return false, nil
		}
		l.readScheme(scheme)
		l.user, l.password = percentDecoded(user), l.decoded(secret)
		l.readPlace(endAddress(text[i+len(secret)+2:]))
		return true, nil
	}
	i := passwordParameter(text, secret)
	if i < 0 {
		return false, nil
	}
	scheme, before, ok := cutScheme(text[:i])
	if !ok {
		return false, nil
	}
	l.readScheme(scheme)
	l.unsure = strings.Contains(secret, "+") // some read it as a blank
	l.password = l.decoded(secret)
	l.readPlace(before + endAddress(text[i+len(secret):]))
	return true, nil
}

func (l *dbLogin) decoded(secret string) string {
	text, err := url.PathUnescape(secret)
	if err != nil {
		l.unsure = true
		return secret
	}
	return text
}

// passwordParameter returns where secret stands as the value of a parameter
// that is a password, or -1.
func passwordParameter(text, secret string) int {
	for _, name := range [...]string{"password=", "pwd=", "passwd=", "pass="} {
		for _, separator := range [...]string{"?", "&", ";"} {
			if i := strings.Index(strings.ToLower(text), separator+name); i >= 0 {
				if i += len(separator + name); strings.HasPrefix(text[min(i, len(text)):], secret) {
					return i
				}
			}
		}
	}
	return -1
}

// cutScheme cuts the last "scheme://" off the front of text; what is before it
// is left away. It fails if an address cannot be in what follows.
func cutScheme(text string) (scheme, rest string, ok bool) {
	i := strings.LastIndex(text, "://")
	if i < 0 {
		return "", "", false
	}
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+.-:"
	scheme, rest = text[:i], text[i+len("://"):]
	scheme = scheme[len(strings.TrimRight(scheme, letters)):]
	if j := strings.LastIndex(scheme, "jdbc:"); j >= 0 {
		scheme = scheme[j:]
	} else {
		scheme = scheme[strings.LastIndexByte(scheme, ':')+1:]
	}
	return strings.ToLower(scheme), rest, rest == endAddress(rest)
}

// endAddress is text up to what ends an address.
func endAddress(text string) string {
	if i := strings.IndexFunc(text, func(r rune) bool { return r <= ' ' || strings.ContainsRune("\"'`\\<>|", r) }); i >= 0 {
		return text[:i]
	}
	return text
}

// readScheme learns what a scheme says, such as "postgresql+psycopg2" or
// "jdbc:mysql:loadbalance".
func (l *dbLogin) readScheme(scheme string) {
	l.protocol = ""
	for part := range strings.SplitSeq(scheme, ":") {
		name, driver, _ := strings.Cut(part, "+")
		for _, s := range dbSchemes() {
			if !strings.Contains(s.names, " "+name+" ") {
				continue
			}
			l.protocol, l.port = s.protocol, s.port
			switch driver {
			case "ssl", "tls":
				l.tls = true
			case "srv":
				l.seedlist, l.tls = l.protocol == "mongodb", true
			case "http", "https", "unix", "socket", "sentinel":
				l.protocol = "" // another protocol, or no server to speak to
			}
			l.tls = l.tls || s.tls
			return
		}
	}
}

type dbScheme struct {
	names, protocol, port string // names between blanks
	tls                   bool
}

// dbSchemes lists the schemes of addresses that lead to servers which speak one
// of our protocols. Those of MySQL's X protocol, of Redis sentinels and of
// CrateDB, which speaks HTTP, are left out.
func dbSchemes() []dbScheme {
	return []dbScheme{
		{names: " postgres postgresql postgis timescaledb timescale pgsql pg pgx psql greenplum opengauss asyncpg aurora-postgresql ", protocol: "postgres"},
		{names: " cockroach cockroachdb ", protocol: "postgres", port: "26257"},
		{names: " redshift ", protocol: "postgres", port: "5439"},
		{names: " yugabytedb ", protocol: "postgres", port: "5433"},
		{names: " mysql mysql2 mysqli mariadb percona memsql singlestore singlestoredb aurora ", protocol: "mysql"},
		{names: " tidb ", protocol: "mysql", port: "4000"},
		{names: " starrocks doris ", protocol: "mysql", port: "9030"},
		{names: " redis valkey keydb dragonfly hiredis redis-cluster ", protocol: "redis"},
		{names: " rediss valkeys ", protocol: "redis", tls: true},
		{names: " mongodb mongo documentdb ", protocol: "mongodb"},
	}
}

// readPlace reads host:port/database?parameters. Of several hosts it takes the
// first.
func (l *dbLogin) readPlace(text string) {
	place := text
	if i := strings.IndexAny(text, "/?#;"); i >= 0 {
		place = text[:i]
		l.readQuery(text[i:])
	}
	l.readHost(place)
	if l.host == "" { // as libpq and some JDBC drivers let it be named
		l.readHost(l.params.Get("host"))
		l.setPort(l.params.Get("port"))
	}
	for _, name := range [...]string{"user", "username", "uid"} {
		if l.user == "" {
			l.user = l.params.Get(name)
		}
	}
}

// readQuery reads /database?parameters, as it follows a host.
func (l *dbLogin) readQuery(text string) {
	path, query := text, ""
	if i := strings.IndexAny(text, "?;#"); i >= 0 {
		path, query = text[:i], text[i+1:]
	}
	l.database = percentDecoded(strings.TrimRight(strings.TrimPrefix(path, "/"), ")]},.;"))
	for part := range strings.FieldsFuncSeq(query, func(r rune) bool { return strings.ContainsRune("?&;#", r) }) {
		name, value, _ := strings.Cut(part, "=")
		l.params.Add(strings.ToLower(name), percentDecoded(strings.TrimRight(value, ")]},")))
	}
}

// readHost reads host:port. Brackets are around an address of version 6.
func (l *dbLogin) readHost(place string) {
	place, _, _ = strings.Cut(place, ",")
	if rest, found := strings.CutPrefix(place, "["); found {
		l.host, place, _ = strings.Cut(rest, "]")
		place = strings.TrimPrefix(place, ":")
	} else {
		l.host, place, _ = strings.Cut(place, ":")
		if place == "" {
			l.host = strings.TrimRight(l.host, ")]}.;")
		}
	}
	l.setPort(strings.TrimRight(place, ")]}.;"))
}

func (l *dbLogin) setPort(port string) {
	if port != "" {
		l.port = port
	}
}

// readGoAddress reads user:password@tcp(host:port)/database?parameters, the form
// of Go's MySQL driver. Nothing in it is encoded.
func (l *dbLogin) readGoAddress(c Credential) (bool, error) {
	text := fromMatch(c)
	user, rest, found := strings.Cut(text, ":"+c.Secret+"@")
	kind, rest, open := strings.Cut(rest, "(")
	if !found || !open || kind != "tcp" && kind != "unix" {
		return false, nil
	}
	place, rest, _ := strings.Cut(rest, ")")
	l.protocol, l.user, l.password = "mysql", user, c.Secret
	l.readQuery(endAddress(rest))
	if kind == "unix" {
		l.host = "/" + place
		return true, nil
	}
	l.readHost(place)
	return true, nil
}
