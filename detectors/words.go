package detectors

// letterPairs tells how rare it is that one letter follows another within a
// word: twice the negative binary logarithm of the share, plus 35, as a
// character; a row of 26 for each first letter. It was counted on identifiers
// and prose of several programming languages and libraries.
const letterPairs = "" +
	".+*+21-4-60),*5,4)*)/010/5" +
	"(**/*002+-2)01+03--0*233,3" +
	")-,/*00*-7*,/0(/4,-*.13416" +
	"*.-+'.00)22,//+.3++.-00205" +
	"+0++.-/2063,-*0-/()*2//,06" +
	"*/.-+)02(44*/.)/4+,-+213/5" +
	",/,/'/.,+41+.++.3**--11321" +
	"(0/.'021*30/,0)/3,.+-113/3" +
	"..+,--,5353+,'*-5-**4.507-" +
	"*--.(./.,.-.-.*-0/*.*/.0./" +
	"+.-.'.-/*11,.---1-*--0.202" +
	"*0/-'/03(52*00)/51,,-135-4" +
	"(-/.'023*41.-0*)41,.,132/4" +
	"+1+*)-)1,5//1.+/40*(..2524" +
	"/.*+1-.4/5/++(-,7),,+.-155" +
	")1./(/1.,60*01*,4)-*-224.5" +
	"./.-./..-1/,..0/--,-%//0//" +
	")1-.'/.3*7..-.)/6+++./25.6" +
	"-1,0(00,*6/./0,,20+',205.4" +
	"*0-/'/2+)63./0+.5*+,.212,4" +
	"-,-.+-.4,54*+(0+6***335243" +
	"(../&.01*32/.0-/1/..01/212" +
	"(/-.*./-)10..+*.2)+.00/012" +
	"+.*.),1/+12.,/.)1.-(100.-2" +
	"--,.,./0-21,++-'2-)*/0.000" +
	"+/..%///+01../,/0/./00...-"

// maxWordCost is the mean number of bits a pair of letters takes, of text that
// is made of words. Nine in ten names of programs take less; of random letters
// and digits, two in a hundred of 20 characters do, and fewer of more.
const maxWordCost = 4.3

// wordlike reports whether the letters of value follow each other as in words,
// whatever stands between the words.
func wordlike(value []byte) bool {
	sum, pairs := 0, 0
	for i := 1; i < len(value); i++ {
		a, b := value[i-1], value[i]
		if !isLetter(a) || !isLetter(b) || a&0x20 != 0 && b&0x20 == 0 { // a capital begins a word
			continue
		}
		sum += int(letterPairs[int(a|0x20-'a')*26+int(b|0x20-'a')]) - 35
		pairs++
	}
	return pairs >= 3 && float64(sum) <= maxWordCost*2*float64(pairs)
}

// isRestless reports whether value changes between small letters, capitals and
// digits as random text does: at three places in ten or more. A capital that
// begins a word is no change.
func isRestless(value []byte) bool { return restlessness(value)*10 >= len(value)*3 }

// restlessness counts those changes.
func restlessness(value []byte) (changes int) {
	for i := 1; i < len(value); i++ {
		a, b := value[i-1], value[i]
		switch {
		case isDigit(a) && isLetter(b), isLetter(a) && isDigit(b), isLower(a) && isUpper(b):
			changes++
		case isUpper(a) && isLower(b) && i > 1 && isUpper(value[i-2]):
			changes++
		}
	}
	return changes
}

// commonWords are words of five letters or more that names of programs, texts
// and values made up by people hold.
var commonWords = []string{
	"about", "above", "accept", "access", "account", "action", "active", "address", "admin", "agent", "allow", "alpha", "amount", "android", "animal", "answer",
	"apache", "apple", "april", "archive", "argument", "array", "assert", "asset", "async", "attach", "attempt", "attribute", "audit", "august", "author",
	"autumn", "backend", "backup", "banana", "barfoo", "basic", "batch", "battery", "before", "begin", "binary", "block", "board", "boolean", "border",
	"branch", "bridge", "broken", "browser", "bucket", "buffer", "build", "bundle", "button", "bypass", "cache", "calendar", "callback", "camera", "cancel",
	"canvas", "capture", "certificate", "chain", "change", "channel", "check", "cheese", "child", "chrome", "cipher", "circle", "class", "clear", "click",
	"client", "clone", "close", "cloud", "cluster", "color", "column", "command", "comment", "commit", "common", "compare", "compile", "complete", "config",
	"confirm", "connect", "console", "contact", "container", "content", "context", "control", "cookie", "correct", "count", "create", "credential", "current",
	"cursor", "custom", "daemon", "database", "datetime", "debug", "december", "decode", "decrypt", "delete", "deploy", "design", "detail", "device", "dialog",
	"digest", "direct", "disable", "display", "docker", "document", "domain", "donald", "double", "download", "dragon", "driver", "elastic", "element", "email",
	"empty", "enable", "encode", "encrypt", "engine", "entity", "entry", "environment", "error", "event", "exclude", "execute", "expect", "expire", "explicit",
	"export", "expression", "extend", "extension", "external", "factory", "failed", "feature", "february", "fetch", "field", "filter", "finger", "first",
	"flower", "folder", "football", "force", "foreign", "format", "forward", "found", "frame", "friday", "friend", "front", "function", "gateway", "generate",
	"generic", "github", "global", "google", "grant", "graph", "green", "group", "guest", "handle", "header", "hidden", "history", "horse", "hotel", "house",
	"identity", "ignore", "image", "import", "include", "index", "initial", "inner", "input", "insert", "inside", "install", "instance", "integer", "interface",
	"internal", "invalid", "iphone", "issue", "january", "javascript", "jenkins", "kernel", "keyboard", "kubernetes", "label", "laravel", "large", "layer",
	"layout", "length", "level", "library", "license", "light", "limit", "linux", "listen", "local", "location", "logger", "login", "logout", "machine",
	"magic", "manager", "manual", "marker", "master", "match", "member", "memory", "message", "method", "metric", "middle", "missing", "mobile", "model",
	"module", "monday", "monitor", "monkey", "mount", "mouse", "multi", "mysql", "namespace", "native", "network", "never", "normal", "notice", "notify",
	"november", "number", "object", "october", "offset", "online", "opaque", "openssl", "operation", "option", "oracle", "orange", "order", "origin", "other",
	"outer", "output", "owner", "package", "panel", "param", "parent", "parse", "partner", "party", "pattern", "payload", "payment", "permission", "person",
	"phone", "phrase", "pixel", "plain", "platform", "player", "please", "plugin", "point", "policy", "portal", "position", "postgres", "prefix", "press",
	"preview", "price", "primary", "princess", "print", "private", "process", "product", "profile", "program", "project", "property", "protocol", "provider",
	"proxy", "public", "query", "queue", "quick", "random", "range", "reader", "ready", "reason", "receive", "record", "redirect", "redis", "reference",
	"refresh", "region", "register", "release", "remote", "remove", "render", "report", "repository", "request", "required", "reset", "resource", "response",
	"result", "return", "right", "river", "robot", "route", "runtime", "samba", "saturday", "schema", "scope", "screen", "script", "search", "second",
	"secret", "section", "secure", "security", "select", "september", "series", "server", "service", "session", "setting", "setup", "shadow", "shared", "shell",
	"short", "signature", "simple", "single", "small", "socket", "source", "space", "special", "spring", "sqlite", "stack", "start", "state", "static",
	"station", "status", "storage", "store", "stream", "strict", "string", "strong", "style", "subject", "submit", "success", "suffix", "summer", "sunday",
	"sunshine", "super", "support", "switch", "symbol", "syntax", "system", "table", "target", "template", "tenant", "terminal", "tester", "thing", "thread",
	"through", "thursday", "ticket", "timeout", "timestamp", "title", "tomcat", "topic", "trace", "track", "transfer", "transport", "trigger", "trust",
	"tuesday", "tunnel", "ubuntu", "under", "union", "unique", "universe", "until", "update", "upload", "usage", "valid", "value", "vector", "vendor",
	"version", "video", "virtual", "visible", "volume", "water", "webhook", "wednesday", "welcome", "white", "widget", "wildcard", "window", "winter",
	"without", "wordpress", "worker", "workspace", "world", "write", "yellow", "zebra",
}
