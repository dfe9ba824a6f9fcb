//go:build !unix

package gitpack

import "os"

// mapFile says that files cannot be mapped here.
func mapFile(*os.File, int64) []byte { return nil }

func unmapFile([]byte) error { return nil }

func unload([]byte) {}
