//go:build race && !gendoc

package main

// raced: the race detector multiplies memory and time.
const raced = true
