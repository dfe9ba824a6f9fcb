package templates

import (
	"errors"
	"path"
	"strings"
)

// functions returns what a template may call, by name: sprig's functions in sprig's
// order, then those of the language that need bounds. Where sprig has a form with
// "must" before its name, both report errors here.
func (r *run) functions() map[string]any {
	all := map[string]any{}
	for _, group := range []map[string]any{
		r.dateFunctions(), r.textFunctions(), r.numberFunctions(), r.valueFunctions(), r.listFunctions(), r.dictFunctions(),
		r.codeFunctions(), r.regexFunctions(), r.pathFunctions(), r.languageFunctions(),
	} {
		for name, f := range group {
			all[name] = f
		}
	}
	return all
}

// pathFunctions take paths apart. They are slash-separated everywhere, as reports
// have them, so that those for the system's own paths are the same.
func (r *run) pathFunctions() map[string]any {
	return map[string]any{
		"base": path.Base, "dir": path.Dir, "clean": path.Clean, "ext": path.Ext, "isAbs": path.IsAbs,
		"osBase": path.Base, "osDir": path.Dir, "osClean": path.Clean, "osExt": path.Ext, "osIsAbs": path.IsAbs,
		"fail": func(text string) (string, error) { return "", errors.New(text) },
	}
}

// languageFunctions are those that text/template itself has, within bounds, and those
// that bound a template.
func (r *run) languageFunctions() map[string]any {
	return map[string]any{
		"print": r.print, "println": r.println, "printf": r.printf, "html": r.html, "js": r.js, "urlquery": r.urlQuery,
		"eq": eq, "ne": ne, "lt": lt, "le": le, "gt": gt, "ge": ge, "index": index,
		tickName: r.tick, enterName: r.enter, leaveName: r.leave, showName: r.show, eachName: r.each,
	}
}

// refused are sprig's functions that are not there, and why.
func refused() map[string]string {
	all := map[string]string{}
	for why, names := range map[string]string{
		"it reads the environment, where secrets are": "env expandenv",
		"it asks a name server":                       "getHostByName",
		"a report is the same for the same scan, and nothing in it is random": "randAlphaNum randAlpha randAscii randNumeric randBytes randInt " +
			"shuffle uuidv4",
		"a report makes no keys, passwords or certificates": "bcrypt htpasswd derivePassword encryptAES decryptAES genPrivateKey buildCustomCert " +
			"genCA genCAWithKey genSelfSignedCert genSelfSignedCertWithKey genSignedCert genSignedCertWithKey",
		"versions cannot be compared here": "semver semverCompare",
	} {
		for name := range strings.FieldsSeq(names) {
			all[name] = why
		}
	}
	for _, name := range []string{tickName, enterName, leaveName, showName, eachName} {
		all[name] = "it is no function of the language"
	}
	return all
}
