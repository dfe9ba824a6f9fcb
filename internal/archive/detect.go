package archive

import (
	"bytes"
	"encoding/binary"
)

// Format is a kind of archive or compressed stream.
type Format uint8

// The formats. Those after Closed are recognised but not opened.
const (
	None Format = iota
	Zip
	Tar
	SevenZip
	Rar
	Ar
	Cpio
	RPM
	Gzip
	Bzip2
	XZ
	Zstd
	LZ4
	Lzip
	LZMA
	S2
	Zlib
	Closed
	Cabinet
	Xar
	Squashfs
	WIM
	LHA
	Compress
)

var formatNames = [...]string{
	"no archive", "zip", "tar", "7z", "rar", "ar", "cpio", "rpm", "gzip", "bzip2", "xz", "zstd", "lz4", "lzip", "lzma",
	"s2", "zlib", "closed", "cab", "xar", "squashfs", "wim", "lha", "compress (.Z)",
}

// String returns the name of f.
func (f Format) String() string { return formatNames[f] }

// compresses reports whether f is a compressed stream, not a set of members.
func (f Format) compresses() bool { return f >= Gzip && f < Closed }

// closed reports whether f is recognised only to be able to say so.
func (f Format) closed() bool { return f > Closed }

// guessed reports whether so little marks f that other content may look like
// it. If such content does not decode it was something else, which is no
// problem.
func (f Format) guessed() bool { return f == Zlib || f == LZMA }

// headBytes is how much of content Detect looks at, if there is so much.
const headBytes = 512

// Detect tells the format of content by its first 512 bytes, or all if it is
// shorter.
func Detect(head []byte) Format {
	if len(head) < 4 {
		return None
	}
	if f := detectMagic(head); f != None {
		return f
	}
	if isTar(head) {
		return Tar
	}
	return None
}

func detectMagic(head []byte) Format {
	is := func(magic string) bool { return len(head) >= len(magic) && string(head[:len(magic)]) == magic }
	switch head[0] {
	case 'P':
		if is("PK\x03\x04") || is("PK\x05\x06") || is("PK\x06\x06") || is("PK\x07\x08PK\x03\x04") {
			return Zip
		}
	case 0x1f:
		return detectGzip(head)
	case 'B':
		if is("BZh") && (bytes.HasPrefix(head[4:], []byte("1AY&SY")) || bytes.HasPrefix(head[4:], []byte("\x17\x72\x45\x38\x50\x90"))) {
			return Bzip2
		}
	case 0xfd:
		if is("\xfd7zXZ\x00") {
			return XZ
		}
	case 0x28:
		if is("\x28\xb5\x2f\xfd") {
			return Zstd
		}
	case 0x04:
		if is("\x04\x22\x4d\x18") {
			return LZ4
		}
	case 0x02:
		if is("\x02\x21\x4c\x18") {
			return LZ4
		}
	case '7':
		if is("7z\xbc\xaf\x27\x1c") {
			return SevenZip
		}
	case 'R':
		if is("Rar!\x1a\x07\x00") || is("Rar!\x1a\x07\x01\x00") {
			return Rar
		}
	case '!':
		if is("!<arch>\n") {
			return Ar
		}
	case '0':
		if is("070701") || is("070702") || is("070707") {
			return detectCpio(head)
		}
	case 0xed:
		if is("\xed\xab\xee\xdb") {
			return RPM
		}
	case 0xff:
		if is("\xff\x06\x00\x00sNaPpY") || is("\xff\x06\x00\x00S2sTwO") {
			return S2
		}
	case 'L':
		if is("LZIP\x01") {
			return Lzip
		}
	case 0x5d:
		return detectLZMA(head)
	case 'x':
		if is("xar!\x00\x1c") {
			return Xar
		}
		return detectZlib(head)
	case 'M':
		if is("MSCF\x00\x00\x00\x00") {
			return Cabinet
		}
		if is("MSWIM\x00\x00\x00") {
			return WIM
		}
	case 'h':
		if is("hsqs") && len(head) >= 96 && head[28] == 4 {
			return Squashfs
		}
	}
	if len(head) > 21 && string(head[2:5]) == "-lh" && head[6] == '-' && head[20] <= 3 {
		return LHA
	}
	return None
}

func detectGzip(head []byte) Format {
	switch {
	case len(head) >= 10 && head[1] == 0x8b && head[2] == 8 && head[3]&0xe0 == 0:
		return Gzip
	case head[1] == 0x9d && head[2]&0x60 == 0 && head[2]&0x1f >= 9 && head[2]&0x1f <= 16:
		return Compress
	}
	return None
}

// detectCpio wants the numbers of the header to be numbers: the magic is text.
func detectCpio(head []byte) Format {
	size, digits := 110, "0123456789abcdefABCDEF"
	if head[5] == '7' {
		size, digits = 76, "01234567"
	}
	if len(head) < size {
		return None
	}
	for _, c := range head[6:size] {
		if bytes.IndexByte([]byte(digits), c) < 0 {
			return None
		}
	}
	return Cpio
}

// detectLZMA accepts what xz and 7-Zip write: the usual properties, a window of
// a round size, and a plausible or no length.
func detectLZMA(head []byte) Format {
	if len(head) < 18 || head[1] != 0 || head[2] != 0 {
		return None
	}
	window := binary.LittleEndian.Uint32(head[1:])
	length := binary.LittleEndian.Uint64(head[5:])
	round := window&(window-1) == 0 || window&(window/3-1) == 0
	if !round || window < 1<<12 || length > 1<<40 && length != 1<<64-1 || head[13] != 0 {
		return None
	}
	return LZMA
}

// detectZlib accepts the headers that zlib writes for a window of 32 KiB.
func detectZlib(head []byte) Format {
	switch head[1] {
	case 0x01, 0x5e, 0x9c, 0xda:
		// The first block is compressed, and of a kind that exists.
		if kind := head[2] >> 1 & 3; len(head) >= 8 && kind != 3 && kind != 0 {
			return Zlib
		}
	}
	return None
}

// isTar looks for the magic of POSIX and GNU archives, and for older ones at the
// checksum of the header.
func isTar(head []byte) bool {
	if len(head) < headBytes {
		return false
	}
	if string(head[257:262]) == "ustar" {
		return tarSum(head)
	}
	return head[0] != 0 && (head[156] == 0 || head[156] >= '0' && head[156] <= '7') && tarSum(head)
}

// tarSum reports whether the checksum in a tar header is right.
func tarSum(head []byte) bool {
	field := bytes.Trim(head[148:156], " \x00")
	if len(field) == 0 {
		return false
	}
	want := 0
	for _, c := range field {
		if c < '0' || c > '7' {
			return false
		}
		want = want*8 + int(c-'0')
	}
	unsigned := 8 * int(' ')
	signed := unsigned
	for i, c := range head[:headBytes] {
		if i < 148 || i >= 156 {
			unsigned += int(c)
			signed += int(int8(c))
		}
	}
	return want == unsigned || want == signed
}

// endsZip reports whether the tail of content is the end of a zip archive, which
// may stand behind anything: a program that unpacks itself, a picture.
func endsZip(tail []byte) bool {
	return len(tail) >= 22 && string(tail[len(tail)-22:len(tail)-18]) == "PK\x05\x06" && tail[len(tail)-1] == 0 && tail[len(tail)-2] == 0
}

// Plain reports whether content is no archive, so that a walk would hand it on
// as it stands.
func Plain(data []byte) bool {
	return Detect(data) == None && !endsZip(data)
}
