package verifiers

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"github.com/mudlark-scan/mudlark"
)

// kubernetes is the Verifier of what signs in to a cluster: bearer tokens, and
// client keys with their certificate near by. It asks the server that the user
// names, or that stands near by, whose it is (SelfSubjectReview, since 1.28) and
// what it may do (SelfSubjectRulesReview). Both are created in the words of the
// protocol, but nothing is stored.
//
// A cluster's own authority, if it stands near by, is trusted besides the usual
// ones, for this cluster and this question alone: clusters have no others. The
// question then takes no proxy.
type kubernetes struct{}

// Target implements Verifier.
func (kubernetes) Target(c Credential) (Target, error) {
	cl, err := clusterOf(c)
	if err != nil {
		return Target{}, err
	}
	return Target{Method: http.MethodPost, Host: cl.base.Host, Guessed: cl.guessed, Subject: cl.base.Path}, nil
}

// Verify implements Verifier.
func (kubernetes) Verify(ctx context.Context, c Credential, net *Network) (mudlark.Verification, error) {
	cl, err := clusterOf(c)
	if err != nil {
		return mudlark.Verification{}, err
	}
	got, err := cl.create(ctx, net, "authentication.k8s.io/v1", "SelfSubjectReview", "{}")
	if err != nil {
		return mudlark.Verification{}, err
	}
	a := &answer{Answer: got}
	user := a.at("status.userInfo.username").String()
	status := a.at("kind").String() == "Status"
	anonymous := user == "system:anonymous" || strings.Contains(a.at("message").String(), `"system:anonymous"`)
	switch {
	case anonymous:
		return mudlark.Verification{}, errors.New("the cluster took it for nobody's, so it does not say whether it works")
	case a.Status == http.StatusCreated && user != "":
		v := mudlark.Verification{Status: mudlark.Active, Identity: cl.identity(user, a.find("status.userInfo.groups"))}
		cl.rights(ctx, net, user, &v)
		if slices.Contains(a.find("status.userInfo.groups"), "system:masters") {
			v.Privilege = mudlark.PrivilegeAdmin
		}
		return v, nil
	case a.Status == http.StatusForbidden && status && a.at("reason").String() == "Forbidden":
		return mudlark.Verification{Status: mudlark.Active, Identity: cl.identity("", nil), Reason: "the cluster knows it, but lets it do nothing"}, nil
	case a.Status == http.StatusUnauthorized && status && !cl.sure:
		return mudlark.Verification{}, errors.New(
			"the cluster does not know it, but another one may: name its server with --endpoint " + c.Rule.EndpointName() + "=URL")
	case a.Status == http.StatusUnauthorized && status && cl.elsewhere():
		return mudlark.Verification{}, errors.New("the cluster does not take it, and it says itself that it is for somebody else")
	case a.Status == http.StatusUnauthorized && status:
		return mudlark.Verification{Status: mudlark.Inactive}, nil
	case a.Status == http.StatusNotFound && status:
		return mudlark.Verification{}, errors.New("the cluster is older than 1.28, and cannot say whose it is")
	}
	return mudlark.Verification{}, surprising(got, net)
}

// elsewhere reports whether a token names an audience, and none that a cluster's
// own interface may be: one that is for a mesh or a store of secrets is refused there
// though it works.
func (cl *cluster) elsewhere() bool {
	said, ok := readClaims(cl.token)
	if !ok || len(said.Audience) == 0 {
		return false
	}
	return !slices.ContainsFunc(said.Audience, func(name string) bool {
		return strings.Contains(name, "kubernetes") || name == said.Issuer || strings.Contains(name, cl.base.Hostname())
	})
}

// identity tells whose a credential is: what the cluster says, and then what a
// token says of itself.
func (cl *cluster) identity(user string, groups []string) []mudlark.Fact {
	said, _ := readClaims(cl.token)
	if user == "" {
		user = said.Subject
	}
	var expires string
	if said.Expires > 0 && said.Expires < 1<<40 {
		expires = time.Unix(int64(said.Expires), 0).UTC().Format(time.RFC3339)
	}
	var facts []mudlark.Fact
	for _, f := range [...]mudlark.Fact{
		{Name: "user", Value: user}, {Name: "groups", Value: strings.Join(groups, ", ")}, {Name: "issuer", Value: said.Issuer},
		{Name: "expires", Value: expires},
	} {
		if f.Value != "" {
			facts = append(facts, mudlark.Fact{Name: f.Name, Value: cut(f.Value)})
		}
	}
	return facts
}

// rights adds what a credential may do in its namespace, if the cluster tells.
// Without that the verdict stands.
func (cl *cluster) rights(ctx context.Context, net *Network, user string, v *mudlark.Verification) {
	namespace := "default"
	if account, ok := strings.CutPrefix(user, "system:serviceaccount:"); ok {
		namespace, _, _ = strings.Cut(account, ":")
	}
	spec, err := inJSON(namespace)
	if err != nil {
		return
	}
	got, err := cl.create(ctx, net, "authorization.k8s.io/v1", "SelfSubjectRulesReview", `{"namespace":"`+spec+`"}`)
	if err != nil || got.Status != http.StatusCreated {
		return
	}
	a := &answer{Answer: got}
	for _, rule := range a.at("status.resourceRules").Array() {
		groups, resources, verbs := clusterWords(rule.Get("apiGroups")), clusterWords(rule.Get("resources")), clusterWords(rule.Get("verbs"))
		if slices.Contains(groups, "authorization.k8s.io") || slices.Contains(groups, "authentication.k8s.io") {
			continue // what everybody may ask of themselves
		}
		if len(v.Scopes) == maxScopes || len(verbs) == 0 {
			continue
		}
		v.Scopes = append(v.Scopes, cut(strings.Join(verbs, ",")+" "+strings.Join(resources, ",")))
		v.Privilege = max(v.Privilege, clusterPrivilege(groups, resources, verbs))
	}
}

func clusterWords(list gjson.Result) (all []string) {
	for _, w := range list.Array() {
		if len(all) < maxScopes && w.String() != "" {
			all = append(all, w.String())
		}
	}
	return all
}

// clusterPrivilege grades a rule by its verbs: to do anything at all, or to hand
// oneself more rights, is the most.
func clusterPrivilege(groups, resources, verbs []string) mudlark.Privilege {
	any := func(list []string, wanted ...string) bool {
		return slices.ContainsFunc(list, func(s string) bool { return slices.Contains(wanted, s) })
	}
	switch {
	case any(groups, "*") && any(resources, "*") && any(verbs, "*"), any(verbs, "impersonate", "escalate", "bind"):
		return mudlark.PrivilegeAdmin
	case any(verbs, "*", "create", "update", "patch", "delete", "deletecollection"):
		return mudlark.PrivilegeWrite
	}
	return mudlark.PrivilegeRead
}

// A cluster is whom to ask, and how to sign in there.
type cluster struct {
	installation
	token string
	trust trust
}

func clusterOf(c Credential) (cl cluster, err error) {
	if cl.installation, err = installationOf(c, "kubernetes-server"); err != nil {
		return cl, err
	}
	// The nearest server of a kubeconfig may be that of another of its users.
	cl.sure = cl.sure && (c.Endpoint != "" || slices.Contains(hostsIn(c.Line), cl.base.Host))
	if cl.trust, err = trustOf(c); err != nil {
		return cl, err
	}
	if cl.trust.pair == nil {
		cl.token = c.Secret
		if _, err := inHeader(cl.token); err != nil {
			return cl, lacks("what stands near it makes no request")
		}
	}
	return cl, nil
}

// create sends an object of which nothing is stored, whose status is the answer.
func (cl *cluster) create(ctx context.Context, net *Network, group, kind, spec string) (*Answer, error) {
	body := `{"apiVersion":"` + group + `","kind":"` + kind + `","spec":` + spec + `}`
	if kind == "SelfSubjectReview" {
		body = `{"apiVersion":"` + group + `","kind":"` + kind + `"}`
	}
	address := cl.base.String() + "/apis/" + group + "/" + strings.ToLower(kind) + "s"
	req, err := Post(ctx, address, "application/json", []byte(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/json")
	if cl.token != "" {
		req.Header.Set("Authorization", "Bearer "+cl.token)
	}
	if cl.trust.plain() {
		return net.Do(ctx, req)
	}
	return cl.trust.do(ctx, net, req)
}
