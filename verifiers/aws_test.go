package verifiers

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/mudlark-scan/mudlark"
)

// awsPair is a key of AWS, another for each seed.
func awsPair(t testing.TB, seed int) Credential {
	return Credential{Secret: drawn(t, "<base64 40>", seed), Parts: map[string]string{"aws-access-key-id": drawn(t, "<aws-key-id AKIA>", seed)}}
}

// awsSession is a temporary key of AWS.
func awsSession(t testing.TB, seed int) Credential {
	return Credential{Secret: drawn(t, "<base64 40>", seed), Parts: map[string]string{
		"aws-access-key-id": drawn(t, "<aws-key-id ASIA>", seed), "aws-session-token": drawn(t, "IQoJb3JpZ2luX2Vj<base64 300>==", seed),
	}}
}

// loopbackSTS answers as AWS's service does. It knows one key, and checks
// signatures.
func loopbackSTS(t *testing.T, known Credential, arn string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		_ = r.ParseForm()
		refuse := func(code, message string) {
			w.WriteHeader(http.StatusForbidden)
			fmt.Fprintf(w, "<ErrorResponse><Error><Type>Sender</Type><Code>%s</Code><Message>%s</Message></Error></ErrorResponse>", code, message)
		}
		if !strings.Contains(string(body)+r.URL.RawQuery, "Action=GetCallerIdentity&Version=2011-06-15") {
			t.Errorf("asked %s %s %s", r.Method, r.URL, body)
		}
		if !strings.Contains(r.Header.Get("Authorization"), "Credential="+known.Parts["aws-access-key-id"]+"/") {
			refuse("InvalidClientTokenId", "The security token included in the request is invalid.")
			return
		}
		if r.Header.Get("X-Amz-Security-Token") != known.Parts["aws-session-token"] {
			refuse("InvalidClientTokenId", "The security token included in the request is invalid.")
			return
		}
		if wrong := verifySigV4(r, body, known.Secret, "sts", noon()); wrong != "" {
			refuse("SignatureDoesNotMatch", wrong)
			return
		}
		fmt.Fprintf(w, `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>`+
			`<Arn>%s</Arn><UserId>AIDAEXAMPLE</UserId><Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`, arn)
	}
}

// The vectors are those of "Signature Version 4" and "Authenticating requests"
// in AWS's documentation.
func TestSignatureV4IsTheOneThatAWSDocuments(t *testing.T) {
	for _, test := range []struct{ url, service, kind, at, secret, want string }{
		{
			"https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08", "iam", "application/x-www-form-urlencoded; charset=utf-8",
			"20150830T123600Z", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
		},
		{
			"https://example.amazonaws.com/", "service", "",
			"20150830T123600Z", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
		},
		{
			"https://examplebucket.s3.amazonaws.com/?lifecycle", "s3", "",
			"20130524T000000Z", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
		},
	} {
		req, err := http.NewRequest(http.MethodGet, test.url, nil)
		if err != nil {
			t.Fatal(err)
		}
		if test.kind != "" {
			req.Header.Set("Content-Type", test.kind)
		}
		k := sigv4{id: "AKIDEXAMPLE", secret: test.secret, region: "us-east-1", service: test.service}
		k.sign(req, nil, mustTime(t, test.at))
		if got := req.Header.Get("Authorization"); !strings.HasSuffix(got, "Signature="+test.want) {
			t.Errorf("%s: %s, want %s", test.url, got, test.want)
		}
	}
}

func TestAWSKeysAreAskedAboutAtALoopbackSTSThatChecksSignatures(t *testing.T) {
	const user = "arn:aws:iam::123456789012:user/ops/ci-deploy"
	long, short := awsPair(t, 1), awsSession(t, 1)
	tokenFound := Credential{Secret: short.Parts["aws-session-token"], Parts: map[string]string{
		"aws-access-key-id": short.Parts["aws-access-key-id"], "aws-secret-access-key": short.Secret,
	}}
	for _, test := range []struct {
		name          string
		asked, known  Credential
		arn           string
		want          mudlark.Status
		identity      string
		privilege     mudlark.Privilege
		wantsReasonOf string
	}{
		{"a key", long, long, user, mudlark.Active, "user=ci-deploy", mudlark.PrivilegeUnset, ""},
		{"a key of the account itself", long, long, "arn:aws:iam::123456789012:root", mudlark.Active, "account=123456789012", mudlark.PrivilegeAdmin, ""},
		{"a key of a role", short, short, "arn:aws:sts::123456789012:assumed-role/Deploy/build-7", mudlark.Active, "role=Deploy", mudlark.PrivilegeUnset, ""},
		{"a key of a role, found by its token", tokenFound, short, user, mudlark.Active, "user=ci-deploy", mudlark.PrivilegeUnset, ""},
		{"a key that was deleted", awsPair(t, 2), long, user, mudlark.Inactive, "", mudlark.PrivilegeUnset, "China"},
		{"a secret of another key", Credential{Secret: awsPair(t, 2).Secret, Parts: long.Parts}, long, user, mudlark.Inactive, "", mudlark.PrivilegeUnset, ""},
		{"a token of another session", Credential{Secret: short.Secret, Parts: map[string]string{
			"aws-access-key-id": short.Parts["aws-access-key-id"], "aws-session-token": awsSession(t, 2).Parts["aws-session-token"],
		}}, short, user, mudlark.Inactive, "", mudlark.PrivilegeUnset, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			v, err := askCloud(t, awsSTS(), test.asked, loopbackSTS(t, test.known, test.arn))
			if got := statusWord(v, err); got != test.want {
				t.Fatalf("%s (%v), want %s", got, err, test.want)
			}
			if name, value, _ := strings.Cut(test.identity, "="); fact(v, name) != value {
				t.Errorf("%v, want %s", v.Identity, test.identity)
			}
			if v.Privilege != test.privilege {
				t.Errorf("privilege %v, want %v", v.Privilege, test.privilege)
			}
			if !strings.Contains(v.Reason, test.wantsReasonOf) {
				t.Errorf("reason %q, want one with %q", v.Reason, test.wantsReasonOf)
			}
		})
	}
}

func TestWasabiKeysAreAskedAboutAtALoopbackSTSThatChecksSignatures(t *testing.T) {
	pair := awsPair(t, 1)
	pair.Parts["aws-access-key-id"] = drawn(t, "W<ALNUM 19>", 1)
	for secret, want := range map[string]mudlark.Status{pair.Secret: mudlark.Active, awsPair(t, 2).Secret: mudlark.Inactive} {
		asked := Credential{Secret: secret, Parts: pair.Parts}
		v, err := askCloud(t, wasabiSTS(), asked, loopbackSTS(t, pair, "arn:aws:iam::100000012345:user/backup"))
		if got := statusWord(v, err); got != want {
			t.Errorf("%s (%v), want %s", got, err, want)
		}
	}
}

func TestAWSRefusalsAreReadByTheirCode(t *testing.T) {
	for _, test := range []struct {
		status        int
		code, message string
		want          mudlark.Status
	}{
		{403, "AccessDenied", "with an explicit deny in a service control policy", mudlark.Active},
		{403, "ExpiredToken", "The security token included in the request is expired", mudlark.Inactive},
		{403, "SignatureDoesNotMatch", "The request signature we calculated does not match", mudlark.Inactive},
		{403, "SignatureDoesNotMatch", "Signature expired: 20260501T100000Z is now earlier than", mudlark.Unknown},
		{403, "SignatureDoesNotMatch", "Signature not yet current: ", mudlark.Unknown},
		{403, "RegionDisabledException", "", mudlark.Unknown},
		{403, "", "", mudlark.Unknown},
		{400, "Throttling", "Rate exceeded", mudlark.Unknown},
		{404, "InvalidClientTokenId", "", mudlark.Unknown},
		{500, "InvalidClientTokenId", "", mudlark.Unknown},
	} {
		body := fmt.Sprintf("<ErrorResponse><Error><Code>%s</Code><Message>%s</Message></Error></ErrorResponse>", test.code, test.message)
		v, err := askCloud(t, awsSTS(), awsPair(t, 1), says(test.status, body))
		if got := statusWord(v, err); got != test.want {
			t.Errorf("%d %s %s: %s (%v), want %s", test.status, test.code, test.message, got, err, test.want)
		}
	}
}

// What stands near a key may speak of another one's region.
func TestAnIDThatAnotherPartitionDoesNotKnowIsUnknown(t *testing.T) {
	for code, want := range map[string]mudlark.Status{"InvalidClientTokenId": mudlark.Unknown, "SignatureDoesNotMatch": mudlark.Inactive} {
		c := awsPair(t, 1)
		c.Line = "regions: us-east-1, cn-north-1"
		v, err := askCloud(t, awsSTS(), c, says(403, "<ErrorResponse><Error><Code>"+code+"</Code></Error></ErrorResponse>"))
		if got := statusWord(v, err); got != want {
			t.Errorf("%s: %s (%v), want %s", code, got, err, want)
		}
	}
}

func TestAWSTargetsAreThePartitionOfTheKey(t *testing.T) {
	pair, session := awsPair(t, 1), awsSession(t, 1)
	secret := Credential{Secret: pair.Secret}
	near := func(c Credential, line, region string) Credential {
		parts := map[string]string{"aws-region-elsewhere": region}
		for id, p := range c.Parts {
			parts[id] = p
		}
		return Credential{Secret: c.Secret, Line: line, Parts: parts, Endpoint: c.Endpoint}
	}
	own := pair
	own.Endpoint = "https://sts.internal.example:8443/aws"
	bearer := Credential{Secret: pair.Secret, Parts: map[string]string{"aws-access-key-id": drawn(t, "<aws-key-id ABIA>", 1)}}
	lone := Credential{Secret: session.Secret, Parts: map[string]string{"aws-access-key-id": session.Parts["aws-access-key-id"]}}
	for _, test := range []struct {
		name string
		c    Credential
		want string
	}{
		{"a key", pair, "sts.amazonaws.com"},
		{"a temporary key", session, "sts.amazonaws.com"},
		{"a key near a region of China", near(pair, "", "cn-northwest-1"), "sts.cn-north-1.amazonaws.com.cn"},
		{"a key on a line with a region of the US government", near(pair, "region us-gov-east-1", ""), "sts.us-gov-west-1.amazonaws.com"},
		{"a key with an endpoint", near(own, "us-gov-west-1", ""), "sts.internal.example:8443"},
		{"a secret key alone", secret, ""},
		{"a temporary key without its token", lone, ""},
		{"a bearer token's id", bearer, ""},
	} {
		test.c.Rule = ruleWith()
		target, err := awsSTS().Target(test.c)
		if target.Host != test.want || (err != nil) != (test.want == "") || err != nil && !errors.Is(err, errLacks) {
			t.Errorf("%s: %q, %v, want %q", test.name, target.Host, err, test.want)
		}
		if target.Guessed {
			t.Errorf("%s: the host is not the content's", test.name)
		}
	}
}

// mustTime reads a time of AWS's form.
func mustTime(t *testing.T, text string) time.Time {
	t.Helper()
	at, err := time.Parse("20060102T150405Z", text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}
