//go:build !amd64

package runs

const wide = 32

func (k *Class) find(data []byte, from, n int) (start int, ok bool) { return k.skip(data, from, n) }
