package verifiers

import (
	"encoding/base64"
	"net/url"
	"regexp"
	"strings"
)

// A registryLogin is a user and a password, and where they are for.
type registryLogin struct {
	user, password string
	registry       string // as its users name it
	host           string // that answers for it
	path           string // before /v2/, if the user named one
	guessed        bool
	tokens         string // where a registry that is known gives tokens; empty: ask it
	says           string // what the answer 401 there must say; empty: nothing
	// person says that the login may be a person's, whose right password the
	// registry refuses too where the account has a second factor.
	person bool
}

// registryLoginOf reads a login: the entry of a Docker config.json, or the
// command that logs in.
func registryLoginOf(c Credential) (registryLogin, error) {
	l, err := registryEntry(c)
	if err != nil {
		return l, err
	}
	if l.user == "" {
		return l, lacks("no user stands near it")
	}
	if _, err := inHeader(l.user + l.password); err != nil || strings.Contains(l.user, ":") {
		return l, lacks("what stands near it makes no login")
	}
	if l.registry == "" && c.Endpoint != "" {
		l.registry = c.Endpoint
	}
	if err := l.locate(); err != nil || c.Endpoint == "" || !l.guessed {
		return l, err
	}
	// What the user names is asked about its own logins alone.
	if !sameHost(c.Endpoint, "https://"+l.host) {
		return l, lacks("it is for another registry than --endpoint %s names", c.Rule.EndpointName())
	}
	base, err := serverAddress(c.Endpoint)
	if err != nil {
		return l, err
	}
	l.host, l.path, _ = strings.Cut(strings.TrimPrefix(base, "https://"), "/")
	if l.guessed = false; l.path != "" {
		l.path = "/" + l.path
	}
	return l, nil
}

func registryEntry(c Credential) (l registryLogin, err error) {
	for _, text := range [...]string{c.Match, c.Line} {
		if registry, ok := registryOfEntry(text, c.Secret); ok {
			l.registry = registry
			break
		}
	}
	if l.registry != "" || strings.Contains(c.Match, `"auth"`) {
		return l, l.decode(c.Secret)
	}
	if !registryCommand(c, &l) {
		return l, lacks("it is neither in a config.json nor in a command that logs in")
	}
	l.password = c.Secret
	return l, nil
}

const dockerHub = "docker.io"

// decode takes user and password from the value of "auth", which is base64 of
// both with a colon between.
func (l *registryLogin) decode(value string) error {
	value = strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(value, "="))
	raw, err := base64.RawStdEncoding.DecodeString(value)
	if err != nil {
		return lacks("it is no user and password in base64")
	}
	// Docker fills the password up with zero bytes.
	user, password, ok := strings.Cut(strings.TrimRight(string(raw), "\x00"), ":")
	if !ok || user == "" || password == "" {
		return lacks("it is no user and password in base64")
	}
	if user == "00000000-0000-0000-0000-000000000000" || user == "<token>" {
		return lacks("it is a token that a registry exchanges for others, which is not asked about")
	}
	l.user, l.password = user, password
	return nil
}

// locate finds out who answers for a registry.
func (l *registryLogin) locate() error {
	name := strings.TrimSpace(l.registry)
	if rest, ok := strings.CutPrefix(name, "http://"); ok && rest != "" {
		return lacks("its registry is spoken to without TLS: a password is not sent that way")
	}
	name, _, _ = strings.Cut(strings.TrimPrefix(name, "https://"), "/")
	host, ok := hostPort(name)
	if !ok || !strings.ContainsAny(host, ".:") && host != "localhost" {
		return lacks("nothing near it names its registry")
	}
	l.registry, l.host = host, host
	switch host {
	case dockerHub, "index.docker.io", "registry-1.docker.io", "registry.hub.docker.com", "hub.docker.com":
		l.registry = dockerHub
		l.tokens = "https://auth.docker.io/token?client_id=mudlark&service=registry.docker.io&account=" + url.QueryEscape(l.user)
		// It says 401 too of a password where only tokens are let in.
		l.says = "incorrect username or password"
	case "ghcr.io":
		l.tokens = "https://ghcr.io/token?service=ghcr.io"
	case "quay.io":
		l.tokens = "https://quay.io/v2/auth?service=quay.io"
		l.person = !strings.ContainsAny(l.user, "+$") // robots and tokens have such names
	case "registry.gitlab.com":
		l.tokens = "https://gitlab.com/jwt/auth?client_id=mudlark&service=container_registry"
		l.person = !strings.HasPrefix(l.password, "gl") // tokens begin so
	default:
		l.guessed = true
	}
	return nil
}

// registryOfEntry returns the registry that an entry of a config.json is for:
// the name before the object that holds "auth".
func registryOfEntry(text, secret string) (string, bool) {
	before, _, ok := strings.Cut(text, `"`+secret)
	if !ok {
		return "", false
	}
	re := regexp.MustCompile(`"([^"\\\s]{3,255})"\s*:\s*\{[^{}]*"auth"\s*:\s*$`)
	m := re.FindStringSubmatch(before)
	if m == nil {
		return "", false
	}
	return m[1], true
}

// registryCommand reads a command such as docker login -u NAME -p PASSWORD HOST,
// which docker alone understands without a host. ok says that there is one.
func registryCommand(c Credential, l *registryLogin) (ok bool) {
	re := regexp.MustCompile(`\b(docker|podman|buildah|nerdctl|helm registry|oras|crane auth|skopeo)[ \t]+login\b([^\r\n|;&]*)`)
	for _, m := range re.FindAllStringSubmatch(c.Line, -1) {
		if !strings.Contains(m[2], c.Secret) {
			continue
		}
		words := strings.Fields(strings.NewReplacer(`"`, "", `'`, "", "\\", " ").Replace(m[2]))
		if m[1] == "docker" {
			l.registry = dockerHub
		}
		for i := 0; i < len(words); i++ {
			flag, value, joined := strings.Cut(words[i], "=")
			switch {
			case !strings.HasPrefix(words[i], "-"):
				l.registry = words[i]
				continue
			case flag == "--password-stdin", flag == "--insecure", flag == "--tls-verify", flag == "-v", flag == "--debug", flag == "--get-login":
				continue
			case !joined && i+1 < len(words):
				i++
				value = words[i]
			}
			if flag == "-u" || flag == "--username" {
				l.user = value
			}
		}
		return true
	}
	return false
}
