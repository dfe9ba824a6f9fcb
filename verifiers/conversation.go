package verifiers

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"time"
)

// maxTalk is how many bytes a server may say in a conversation.
const maxTalk = 256 << 10

// A conversation is a connection on which a verifier speaks another protocol
// than HTTP. It ends with the question's time, and what the server says in it is
// bounded. Its errors are sentences, and hold nothing that was sent.
//
// Only that there is no connection is an error that may pass: a password that
// was sent may have been counted, so it is not sent again.
type conversation struct {
	conn net.Conn
	r    *bufio.Reader
	left *io.LimitedReader
	ctx  context.Context // of the question, which the conversation is a part of
	stop func() bool
}

// converse connects to address.
func converse(ctx context.Context, n *Network, address string) (*conversation, error) {
	conn, err := n.Dial(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	c := &conversation{ctx: ctx}
	c.use(conn)
	c.stop = context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	return c, nil
}

// converseTLS connects to address and speaks TLS from the beginning.
func converseTLS(ctx context.Context, n *Network, address string) (*conversation, error) {
	c, err := converse(ctx, n, address)
	if err != nil {
		return nil, err
	}
	if err := c.secure(n, hostOf(address)); err != nil {
		c.close()
		return nil, err
	}
	return c, nil
}

func (c *conversation) use(conn net.Conn) {
	c.conn = conn
	c.left = &io.LimitedReader{R: conn, N: maxTalk}
	c.r = bufio.NewReader(c.left)
}

// secure goes on in TLS, if the server proves that it is host.
func (c *conversation) secure(n *Network, host string) error {
	if c.r.Buffered() > 0 { // somebody on the way may have said it
		return errors.New("the server said more before TLS began than it may")
	}
	conn := tls.Client(c.conn, n.TLS(strings.Trim(host, "[]")))
	if err := conn.HandshakeContext(c.ctx); err != nil {
		return c.failed(err)
	}
	c.use(conn)
	return nil
}

// secured reports whether it goes on in TLS.
func (c *conversation) secured() bool {
	_, ok := c.conn.(*tls.Conn)
	return ok
}

// errBare says that a server offers no TLS where there should be some.
var errBare = errors.New("the server does not offer TLS, and nobody is told a password in plain text over the public network")

// discreet returns an error if a password must not be said now, in a protocol
// that can change to TLS: in plain text, to a server on the public network. That
// it does not offer TLS may be the word of somebody on the way.
func (c *conversation) discreet() error {
	if c.secured() {
		return nil
	}
	at, err := netip.ParseAddrPort(c.conn.RemoteAddr().String())
	if err != nil {
		return errBare
	}
	if why, _ := reserved(at.Addr().Unmap().WithZone("")); why == "" {
		return errBare
	}
	return nil
}

// close ends the conversation. What was left to be said is not waited for.
func (c *conversation) close() {
	c.stop()
	_ = c.conn.Close()
}

// greeted opens a conversation in which the server speaks first, as those of mail
// and files do, under TLS from its beginning if need be.
func greeted(ctx context.Context, n *Network, address string, secure bool) (*conversation, []string, error) {
	open := converse
	if secure {
		open = converseTLS
	}
	c, err := open(ctx, n, address)
	if err != nil {
		return nil, nil, err
	}
	code, greeting, err := c.reply()
	if err == nil && code != "220" {
		err = fmt.Errorf("the server greets with code %s", code)
	}
	if err != nil {
		c.leave("QUIT\r\n")
		return nil, nil, err
	}
	return c, greeting, nil
}

// leave says a last word and ends the conversation. Whether it arrives does not
// matter.
func (c *conversation) leave(word string) {
	if word != "" {
		_ = c.send([]byte(word))
	}
	c.close()
}

func (c *conversation) send(data []byte) error {
	_, err := c.conn.Write(data)
	return c.failed(err)
}

// line reads a line, without its end. An endless one is an error.
func (c *conversation) line() (string, error) {
	text, err := c.r.ReadSlice('\n')
	if err != nil {
		return "", c.failed(err)
	}
	return strings.TrimRight(string(text), "\r\n"), nil
}

// longLine is line for lines that may be longer than a few kilobytes.
func (c *conversation) longLine() (string, error) {
	text, err := c.r.ReadString('\n')
	if err != nil {
		return "", c.failed(err)
	}
	return strings.TrimRight(text, "\r\n"), nil
}

// take reads n bytes.
func (c *conversation) take(n int) ([]byte, error) {
	if n < 0 || n > maxTalk { // where int has 32 bits it may have become negative
		return nil, errEndless
	}
	data := make([]byte, n)
	_, err := io.ReadFull(c.r, data)
	return data, c.failed(err)
}

var (
	errHungUp  = errors.New("the server ended the connection before it answered")
	errEndless = errors.New("the server says more than an answer can hold")
	errForeign = errors.New("the server does not speak the protocol that its address names")
)

// failed is err as a sentence.
func (c *conversation) failed(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(c.ctx.Err(), context.Canceled):
		return c.ctx.Err()
	case c.ctx.Err() != nil:
		return errSlow
	case c.left.N <= 0, errors.Is(err, bufio.ErrBufferFull):
		return errEndless
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return errors.New("the server does not speak TLS there")
	}
	plain := plainError(err)
	if _, ok := errors.AsType[*again](plain); ok {
		return errHungUp
	}
	return plain
}

// reply reads an answer of SMTP or FTP: a code of three digits and lines of
// text, of which the last has a blank behind its code. See RFC 959, section 4.2.
func (c *conversation) reply() (code string, text []string, err error) {
	for range 200 {
		line, err := c.line()
		switch {
		case err != nil:
			return "", nil, err
		case code == "":
			if len(line) < 3 || strings.Trim(line[:3], "0123456789") != "" || len(line) > 3 && line[3] != ' ' && line[3] != '-' {
				return "", nil, errForeign
			}
			code = line[:3]
		}
		rest, own := strings.CutPrefix(line, code)
		text = append(text, strings.TrimLeft(rest, " -"))
		if own && (rest == "" || rest[0] == ' ') {
			return code, text, nil
		}
	}
	return "", nil, errEndless
}

// command sends a line and reads the reply to it.
func (c *conversation) command(line string) (code string, text []string, err error) {
	if err := c.send([]byte(line + "\r\n")); err != nil {
		return "", nil, err
	}
	return c.reply()
}

// shown is what a server said of itself, fit to be shown.
func shown(text string) string {
	const enough = 120
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return -1
		}
		return r
	}, text)
	return strings.TrimSpace(text[:min(len(text), enough)])
}
