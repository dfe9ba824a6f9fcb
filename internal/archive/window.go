package archive

import (
	"errors"
	"io"

	"github.com/klauspost/compress/zstd"
	mxz "github.com/mikelolasagasti/xz"
	"github.com/nwaples/rardecode/v2"
	"github.com/ulikunitz/xz/lzma"
)

// windowed is a reader whose errors about windows are told as hits.
type windowed struct{ io.Reader }

func (w windowed) Read(p []byte) (int, error) {
	n, err := w.Reader.Read(p)
	return n, windowError(err)
}

// windowError turns what the decompressors say of windows over the limit into a
// hit; other errors stay as they are.
func windowError(err error) error {
	if err == nil || errors.Is(err, io.EOF) {
		return err
	}
	var dict *lzma.ErrDictSize
	if errors.Is(err, mxz.ErrMemlimit) || errors.Is(err, zstd.ErrWindowSizeExceeded) ||
		errors.Is(err, rardecode.ErrDictionaryTooLarge) || errors.As(err, &dict) {
		return &hit{kind: TooHungry, detail: "unpacking it needs a window larger than is allowed"}
	}
	return err
}
