package verifiers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/rules"
)

// request is the Verifier of a check that is data: one HTTP request, and
// conditions on its answer.
type request struct{ *rules.Check }

// Target implements Verifier.
func (r request) Target(c Credential) (Target, error) {
	f := filler{check: r.Check, credential: c}
	u, guessed, err := f.url()
	if err != nil {
		return Target{}, err
	}
	req, body, err := f.request(context.Background(), u)
	if err != nil {
		return Target{}, err
	}
	return Target{Method: r.Method, Host: u.Host, Guessed: guessed, Subject: fmt.Sprint(u, req.Header, body, f.assumed)}, nil
}

// Verify implements Verifier.
func (r request) Verify(ctx context.Context, c Credential, net *Network) (mudlark.Verification, error) {
	f := filler{check: r.Check, credential: c}
	answer, err := f.ask(ctx, net)
	if err != nil {
		return mudlark.Verification{}, err
	}
	active, inactive := answer.meets(r.Active), answer.meets(r.Inactive)
	switch {
	case answer.Status == http.StatusTooManyRequests || answer.Status >= 500:
		return mudlark.Verification{}, Again(answer.surprise(), retryAfter(answer.Header, net.Now()))
	case active == inactive:
		return mudlark.Verification{}, answer.surprise()
	case active:
		v := mudlark.Verification{Status: mudlark.Active, Identity: answer.facts(r.Identity), Scopes: answer.words(r.Scopes)}
		v.Privilege = privilege(v.Scopes, r.Privileged)
		return v, nil
	case f.assumed != "":
		return mudlark.Verification{}, fmt.Errorf("%s does not know it, but that it is the right one to ask is assumed: nothing near by gives its %s", net.host, f.assumed)
	case r.Elsewhere && c.Endpoint == "":
		return mudlark.Verification{}, fmt.Errorf("%s does not know it, but another installation may: name its address with --endpoint %s=URL", net.host, c.Rule.EndpointName())
	}
	return mudlark.Verification{Status: mudlark.Inactive}, nil
}

// A filler fills the placeholders of a check with what a credential has.
type filler struct {
	check      *rules.Check
	credential Credential
	assumed    string // the last placeholder that its default stands for
}

// ask sends the request and reads the answer.
func (f *filler) ask(ctx context.Context, net *Network) (*answer, error) {
	u, _, err := f.url()
	if err != nil {
		return nil, err
	}
	req, _, err := f.request(ctx, u)
	if err != nil {
		return nil, err
	}
	got, err := net.Do(ctx, req)
	if err != nil {
		return nil, err
	}
	return &answer{Answer: got}, nil
}

// value returns what a placeholder stands for. An error says what is missing.
func (f *filler) value(name string) (string, error) {
	c := &f.credential
	if name == "secret" {
		return c.Secret, nil
	}
	v := f.check.Value(name)
	if v == nil {
		if part, ok := c.Parts[name]; ok && part != "" {
			return part, nil
		}
		return "", lacks("no %s stands near it", name)
	}
	text := c.Parts[v.From]
	switch v.From {
	case "secret":
		text = c.Secret
	case "match":
		text = c.Match
	case "line":
		text = c.Line
	case "key":
		text = c.Key
	}
	if found, ok := v.Find(text); ok {
		return found, nil
	}
	if v.Default == "" {
		return "", lacks("nothing near it gives its %s", name)
	}
	f.assumed = name
	return v.Default, nil
}

// fill returns a template with its placeholders filled, each escaped.
func (f *filler) fill(template string, escape func(string) (string, error)) (string, error) {
	var b strings.Builder
	for p := range rules.Placeholders(template) {
		if p.Name == "" {
			b.WriteString(p.Text)
			continue
		}
		v, err := f.value(p.Name)
		if err != nil {
			return "", err
		}
		if v, err = escape(v); err != nil {
			return "", fmt.Errorf("its %s %w", p.Name, err)
		}
		b.WriteString(v)
	}
	return b.String(), nil
}

// url returns the address of the request; guessed says that the content chose
// its host.
func (f *filler) url() (u *url.URL, guessed bool, err error) {
	host := f.check.Host()
	rest := strings.TrimPrefix(f.check.URL, "https://"+host)
	base := f.credential.Endpoint
	if base == "" {
		guessed = host == "{{"+rules.Endpoint+"}}"
		if host, err = f.fill(host, inHost); err != nil {
			if guessed && errors.Is(err, errLacks) {
				err = lacks("only you know its host: name it with --endpoint %s=URL", f.credential.Rule.EndpointName())
			}
			return nil, false, err
		}
		base = "https://" + strings.ToLower(host)
	}
	path, query, _ := strings.Cut(rest, "?")
	if path, err = f.fill(path, inPath); err != nil {
		return nil, false, err
	}
	if query, err = f.fill(query, inQuery); err != nil {
		return nil, false, err
	}
	for _, p := range f.check.Query {
		v, err := f.fill(p.Text, verbatim)
		if err != nil {
			return nil, false, err
		}
		query += "&" + url.QueryEscape(p.Name) + "=" + url.QueryEscape(v)
	}
	address := base + path
	if query = strings.TrimPrefix(query, "&"); query != "" {
		address += "?" + query
	}
	u, err = url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "https" || u.User != nil || u.Fragment != "" {
		return nil, false, lacks("what stands near it makes no address")
	}
	return u, guessed, nil
}

// request returns the request to u, and its body.
func (f *filler) request(ctx context.Context, u *url.URL) (req *http.Request, body string, err error) {
	body, kind, err := f.body()
	if err != nil {
		return nil, "", err
	}
	req, err = http.NewRequestWithContext(ctx, f.check.Method, u.String(), strings.NewReader(body))
	if err != nil {
		return nil, "", lacks("what stands near it makes no request")
	}
	if body == "" {
		req.Body, req.GetBody, req.ContentLength = nil, nil, 0
	}
	req.Header.Set("Accept", "application/json, */*;q=0.5")
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	for _, p := range f.check.Headers {
		v, err := f.fill(p.Text, inHeader)
		if err != nil {
			return nil, "", err
		}
		req.Header.Set(p.Name, v)
	}
	if len(f.check.Basic) == 2 {
		user, err := f.fill(f.check.Basic[0], verbatim)
		if err != nil {
			return nil, "", err
		}
		password, err := f.fill(f.check.Basic[1], verbatim)
		if err != nil {
			return nil, "", err
		}
		req.SetBasicAuth(user, password)
	}
	return req, body, nil
}

// body returns the body of the request and what it is.
func (f *filler) body() (text, kind string, err error) {
	if len(f.check.Form) > 0 {
		form := make(url.Values, len(f.check.Form))
		for _, p := range f.check.Form {
			v, err := f.fill(p.Text, verbatim)
			if err != nil {
				return "", "", err
			}
			form.Set(p.Name, v)
		}
		return form.Encode(), "application/x-www-form-urlencoded", nil
	}
	if f.check.Body == "" {
		return "", "", nil
	}
	kind, escape := "application/json", inJSON
	own := slices.IndexFunc(f.check.Headers, func(p rules.Pair) bool { return strings.EqualFold(p.Name, "Content-Type") })
	if own >= 0 && !strings.Contains(f.check.Headers[own].Text, "json") {
		kind, escape = "", inText
	}
	text, err = f.fill(f.check.Body, escape)
	return text, kind, err
}

// What is wrong with a value for its place, after its name.
var (
	errNoHost = errors.New("is no part of a host's name")
	errNoPath = errors.New("leads elsewhere in a path")
	errNoText = errors.New("holds characters that end a line")
)
