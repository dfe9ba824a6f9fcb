package templates

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash/adler32"
	"net/url"
	"strings"
)

func (r *run) codeFunctions() map[string]any {
	all := map[string]any{
		"b64enc":     func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) },
		"b32enc":     func(s string) string { return base32.StdEncoding.EncodeToString([]byte(s)) },
		"b64dec":     func(s string) string { return decoded(base64.StdEncoding.DecodeString(s)) },
		"b32dec":     func(s string) string { return decoded(base32.StdEncoding.DecodeString(s)) },
		"sha1sum":    func(s string) string { sum := sha1.Sum([]byte(s)); return hex.EncodeToString(sum[:]) },
		"sha256sum":  func(s string) string { sum := sha256.Sum256([]byte(s)); return hex.EncodeToString(sum[:]) },
		"sha512sum":  func(s string) string { sum := sha512.Sum512([]byte(s)); return hex.EncodeToString(sum[:]) },
		"adler32sum": func(s string) string { return fmt.Sprint(adler32.Checksum([]byte(s))) },
		"fromJson":   func(s string) any { v, _ := r.fromJSON(s); return v }, "mustFromJson": r.fromJSON,
		"urlParse": parseURL, "urlJoin": joinURL,
	}
	for name, indent := range map[string]string{"Json": "", "PrettyJson": "  "} {
		write := func(v any) (string, error) { return r.json(v, indent, true) }
		all["to"+name], all["mustTo"+name] = write, write
	}
	raw := func(v any) (string, error) { return r.json(v, "", false) }
	all["toRawJson"], all["mustToRawJson"] = raw, raw
	return all
}

// decoded is the text, or what is wrong with it, as sprig has it.
func decoded(text []byte, err error) string {
	if err != nil {
		return err.Error()
	}
	return string(text)
}

func (r *run) json(v any, indent string, html bool) (string, error) {
	n, err := r.measure(v)
	if err == nil {
		err = r.text(1+len(indent)/2, n)
	}
	if err != nil {
		return "", err
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(html)
	e.SetIndent("", indent)
	if err := e.Encode(v); err != nil {
		return "", err
	}
	return strings.TrimSuffix(b.String(), "\n"), nil
}

// fromJSON reads JSON. What it takes in memory is many times the text.
func (r *run) fromJSON(s string) (any, error) {
	if err := r.make(32 * len(s)); err != nil {
		return nil, err
	}
	var v any
	if err := json.Unmarshal([]byte(s), &v); err != nil {
		return nil, err
	}
	return v, checkKeys(v)
}

// checkKeys refuses what set would refuse.
func checkKeys(v any) (err error) {
	switch v := v.(type) {
	case []any:
		for i := 0; i < len(v) && err == nil; i++ {
			err = checkKeys(v[i])
		}
	case map[string]any:
		for key, value := range v {
			if len(key) > maxKey {
				return errTooMuch
			}
			if err = checkKeys(value); err != nil {
				return err
			}
		}
	}
	return err
}

func parseURL(s string) (map[string]any, error) {
	u, err := url.Parse(s)
	if err != nil {
		return nil, fmt.Errorf("this is no URL")
	}
	return map[string]any{
		"scheme": u.Scheme, "host": u.Host, "hostname": u.Hostname(), "path": u.Path, "query": u.RawQuery, "opaque": u.Opaque,
		"fragment": u.Fragment, "userinfo": u.User.String(),
	}, nil
}

func joinURL(d map[string]any) (string, error) {
	for key, v := range d {
		if _, ok := v.(string); !ok {
			return "", fmt.Errorf("urlJoin: %s is to be a text, not %T", key, v)
		}
	}
	text := func(key string) string { s, _ := d[key].(string); return s }
	u := url.URL{
		Scheme: text("scheme"), Host: text("host"), Path: text("path"), RawQuery: text("query"), Opaque: text("opaque"), Fragment: text("fragment"),
	}
	if info := text("userinfo"); info != "" {
		parsed, err := url.Parse("proto://" + info + "@host")
		if err != nil {
			return "", fmt.Errorf("urlJoin: this is no userinfo")
		}
		u.User = parsed.User
	}
	return u.String(), nil
}
