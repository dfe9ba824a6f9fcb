package rules

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxYAMLNodes bounds the values of a YAML text, those that aliases stand for
// counted each time: a few lines may stand for billions.
const maxYAMLNodes = 100_000

// parseYAML returns what a text says and where its keys and values stand, in the
// shapes that parseTOML gives. Of several documents the first is read.
func parseYAML(name, text string) (values any, where *node, err error) {
	defer func() {
		// The parser panics where it meets a mistake of its own.
		if r := recover(); r != nil {
			err = &Error{File: name, Problem: "the YAML parser cannot read it"}
		}
	}()
	var document yaml.Node
	if err := yaml.Unmarshal([]byte(text), &document); err != nil {
		return nil, nil, yamlError(name, err)
	}
	where = &node{}
	if document.Kind == 0 || len(document.Content) == 0 {
		return map[string]any{}, where, nil
	}
	r := yamlReader{left: maxYAMLNodes}
	values, where = r.value(document.Content[0], 0)
	if r.problem != "" {
		return nil, nil, &Error{File: name, Line: r.at.line, Column: r.at.column, Problem: r.problem}
	}
	return values, where, nil
}

// yamlError is an error of the parser, which begins "yaml: line 3: ".
func yamlError(name string, err error) error {
	e := &Error{File: name}
	problem := strings.TrimPrefix(err.Error(), "yaml: ")
	if rest, ok := strings.CutPrefix(problem, "line "); ok {
		number, what, _ := strings.Cut(rest, ": ")
		if line, err := strconv.Atoi(number); err == nil {
			e.Line, e.Column, problem = line, 1, what
		}
	}
	e.Problem = "not valid YAML: " + printable(problem)
	return e
}

// A yamlReader turns what the parser gives into plain values. After the first
// problem it only ends.
type yamlReader struct {
	left    int
	problem string
	at      spot
}

func (r *yamlReader) fail(n *yaml.Node, format string, args ...any) {
	if r.problem == "" {
		r.problem, r.at = fmt.Sprintf(format, args...), spot{n.Line, n.Column}
	}
}

func (r *yamlReader) value(n *yaml.Node, depth int) (any, *node) {
	at := &node{key: spot{n.Line, n.Column}, value: spot{n.Line, n.Column}}
	r.left--
	switch {
	case r.problem != "":
		return nil, at
	case depth > maxNesting:
		r.fail(n, "values are nested too deep")
		return nil, at
	case r.left < 0:
		r.fail(n, "it stands for more than %d values: repeat less with aliases", maxYAMLNodes)
		return nil, at
	}
	switch n.Kind {
	case yaml.MappingNode:
		return r.mapping(n, at, depth), at
	case yaml.SequenceNode:
		list := make([]any, 0, min(len(n.Content), 64))
		for _, item := range n.Content {
			v, where := r.value(item, depth+1)
			list, at.list = append(list, v), append(at.list, where)
		}
		return list, at
	case yaml.AliasNode:
		return r.value(n.Alias, depth+1)
	case yaml.ScalarNode:
		v, err := yamlScalar(n)
		if err != nil {
			r.fail(n, "%s", err)
		}
		return v, at
	}
	r.fail(n, "this is no value")
	return nil, at
}

func (r *yamlReader) mapping(n *yaml.Node, at *node, depth int) map[string]any {
	values := map[string]any{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if key.Kind != yaml.ScalarNode {
			r.fail(key, "a key must be a word")
			return values
		}
		if key.Tag == "!!merge" {
			r.fail(key, "a mapping cannot take in another with <<: write its keys out")
			return values
		}
		if _, ok := values[key.Value]; ok {
			r.fail(key, "%s is given twice", quoted(key.Value))
			return values
		}
		v, where := r.value(n.Content[i+1], depth+1)
		where = &node{key: spot{key.Line, key.Column}, value: where.value, table: where.table, list: where.list}
		values[key.Value] = v
		if at.table == nil {
			at.table = map[string]*node{}
		}
		at.table[key.Value] = where
	}
	return values
}

// yamlScalar returns a scalar as a Go value. Nothing given is an empty text.
func yamlScalar(n *yaml.Node) (any, error) {
	switch n.ShortTag() {
	case "!!null":
		return "", nil
	case "!!bool":
		return strings.EqualFold(n.Value, "true"), nil
	case "!!int":
		if i, err := strconv.ParseInt(n.Value, 0, 64); err == nil {
			return i, nil
		}
		return n.Value, nil
	case "!!float":
		if f, err := strconv.ParseFloat(n.Value, 64); err == nil {
			return f, nil
		}
		return n.Value, nil
	case "!!binary":
		return nil, errors.New("binary values are not read")
	}
	return n.Value, nil
}
