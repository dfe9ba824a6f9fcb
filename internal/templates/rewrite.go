package templates

import (
	"fmt"
	"strconv"
	"strings"
	"text/template/parse"
)

// The names of the functions that bound a template. None can be written in one, as
// Parse knows none of them.
const (
	tickName  = "_tick"  // begins each turn of a loop
	enterName = "_enter" // begins a template within another
	leaveName = "_leave" // ends it
	showName  = "_show"  // prints what an action gives
	eachName  = "_each"  // is given what a loop goes through
)

// A bounder puts what bounds a template into its tree: the package that runs it
// knows no bound of its own.
type bounder struct {
	tree  *parse.Tree
	entry bool     // it is the template itself, not one within it
	uses  []string // the functions it calls
	depth int
}

func (b *bounder) bound() error {
	b.uses = append(b.uses, tickName, enterName, leaveName, showName, eachName)
	weight, err := b.list(b.tree.Root)
	if err != nil || b.entry {
		return err
	}
	root := b.tree.Root
	nodes := append([]parse.Node{b.call(root.Pos, enterName, weight)}, root.Nodes...)
	root.Nodes = append(nodes, b.call(root.Pos, leaveName))
	return nil
}

// list goes through a list of nodes and returns how many there are that are
// evaluated when it is: those in loops count for themselves.
func (b *bounder) list(l *parse.ListNode) (weight int, err error) {
	if l == nil {
		return 0, nil
	}
	if b.depth++; b.depth > maxNested {
		return 0, b.errorf(l, "blocks are nested deeper than %d", maxNested)
	}
	defer func() { b.depth-- }()
	for _, n := range l.Nodes {
		w, err := b.node(n)
		if err != nil {
			return 0, err
		}
		weight += 1 + w
	}
	return weight, nil
}

func (b *bounder) node(n parse.Node) (int, error) {
	switch n := n.(type) {
	case *parse.ActionNode:
		weight, err := b.pipe(n.Pipe)
		if err == nil && len(n.Pipe.Decl) == 0 {
			n.Pipe.Cmds = append(n.Pipe.Cmds, b.command(n.Pos, showName))
		}
		return weight, err
	case *parse.IfNode:
		return b.branch(&n.BranchNode)
	case *parse.WithNode:
		return b.branch(&n.BranchNode)
	case *parse.RangeNode:
		return b.loop(&n.BranchNode)
	case *parse.TemplateNode:
		return b.pipe(n.Pipe)
	}
	return 0, nil // text, a comment, break, continue
}

func (b *bounder) branch(n *parse.BranchNode) (int, error) {
	weight, err := b.pipe(n.Pipe)
	for _, l := range []*parse.ListNode{n.List, n.ElseList} {
		if err == nil {
			var w int
			w, err = b.list(l)
			weight += w
		}
	}
	return weight, err
}

func (b *bounder) loop(n *parse.BranchNode) (int, error) {
	weight, err := b.pipe(n.Pipe)
	if err != nil {
		return 0, err
	}
	n.Pipe.Cmds = append(n.Pipe.Cmds, b.command(n.Pos, eachName))
	body, err := b.list(n.List)
	if err != nil {
		return 0, err
	}
	n.List.Nodes = append([]parse.Node{b.call(n.Pos, tickName, body)}, n.List.Nodes...)
	other, err := b.list(n.ElseList)
	return weight + other, err
}

// pipe goes through a pipeline for the functions that it calls.
func (b *bounder) pipe(p *parse.PipeNode) (weight int, err error) {
	if p == nil {
		return 0, nil
	}
	if b.depth++; b.depth > maxNested {
		return 0, b.errorf(p, "parentheses are nested deeper than %d", maxNested)
	}
	defer func() { b.depth-- }()
	for _, cmd := range p.Cmds {
		for _, arg := range cmd.Args {
			w, err := b.arg(arg)
			if err != nil {
				return 0, err
			}
			weight += 1 + w
		}
	}
	return weight, nil
}

func (b *bounder) arg(n parse.Node) (int, error) {
	switch n := n.(type) {
	case *parse.IdentifierNode:
		if why, ok := refused()[n.Ident]; ok {
			return 0, b.errorf(n, "the function %s is not there: %s", n.Ident, why)
		}
		b.uses = append(b.uses, n.Ident)
	case *parse.PipeNode:
		return b.pipe(n)
	case *parse.ChainNode:
		w, err := b.arg(n.Node)
		return w + len(n.Field), err
	case *parse.FieldNode:
		return len(n.Ident), nil
	}
	return 0, nil
}

// call returns an action that calls a function with numbers.
func (b *bounder) call(at parse.Pos, name string, args ...int) parse.Node {
	return &parse.ActionNode{NodeType: parse.NodeAction, Pos: at, Pipe: &parse.PipeNode{
		NodeType: parse.NodePipe, Pos: at, Cmds: []*parse.CommandNode{b.command(at, name, args...)},
	}}
}

func (b *bounder) command(at parse.Pos, name string, args ...int) *parse.CommandNode {
	cmd := &parse.CommandNode{NodeType: parse.NodeCommand, Pos: at}
	cmd.Args = append(cmd.Args, parse.NewIdentifier(name).SetPos(at).SetTree(b.tree))
	for _, n := range args {
		cmd.Args = append(cmd.Args, &parse.NumberNode{NodeType: parse.NodeNumber, Pos: at, IsInt: true, Int64: int64(n), Text: strconv.Itoa(n)})
	}
	return cmd
}

func (b *bounder) errorf(n parse.Node, format string, args ...any) error {
	place := b.tree.ParseName
	if at, _ := b.tree.ErrorContext(n); at != "" {
		place = at
	}
	return fmt.Errorf("%s: %s", strings.TrimSuffix(place, ":"), fmt.Sprintf(format, args...))
}
