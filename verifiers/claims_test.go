package verifiers

import (
	"net/url"
	"testing"
)

func TestTokenForSomebodyElseThanTheClusterIsKnown(t *testing.T) {
	for claims, want := range map[string]bool{
		`{"sub":"a"}`:                                     false,
		`{"aud":"vault"}`:                                 true,
		`{"aud":["vault","istio-ca"]}`:                    true,
		`{"aud":["https://kubernetes.default.svc"]}`:      false,
		`{"iss":"https://issuer","aud":"https://issuer"}`: false,
		`{"aud":["vault","https://api.cluster.example"]}`: false,
		`{"aud":[]}`:                                      false,
	} {
		cl := cluster{token: tokenOf(claims)}
		cl.base = &url.URL{Scheme: "https", Host: "api.cluster.example:6443"}
		if got := cl.elsewhere(); got != want {
			t.Errorf("%s: got %v", claims, got)
		}
	}
}
