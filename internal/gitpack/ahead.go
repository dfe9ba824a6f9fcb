package gitpack

import "unsafe"

// ahead returns the node that a worker comes to after n, if that is easily told,
// else noNode. It has fetched what is known of it: memory that nobody touched for
// long takes about as long to come as a small entry takes to inflate.
func (w *walk) ahead(k *worker, n uint32) uint32 {
	var next uint32
	if kids := w.f.branches(n); len(kids) > 0 {
		next = kids[0]
	} else if top := len(k.stack) - 1; top >= 0 && len(k.stack[top].kids) > 0 {
		next = k.stack[top].kids[0]
	} else if top < 0 && len(k.roots) > 0 {
		next = k.roots[0]
	} else {
		return noNode
	}
	node := &w.f.nodes[next]
	if p := w.t.sources[node.source].pack; p != nil {
		prefetch(unsafe.Pointer(&p.index().name(int(node.at))[0]))
	}
	return next
}

// fetchEntry fetches the beginning of a node's entry, if that is mapped.
func (w *walk) fetchEntry(n uint32) {
	if n == noNode {
		return
	}
	node := &w.f.nodes[n]
	p := w.t.sources[node.source].pack
	if p != nil && uint64(node.offset) < uint64(len(p.data)) {
		prefetch(unsafe.Pointer(&p.data[node.offset]))
	}
}
