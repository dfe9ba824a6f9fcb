//go:build !race && !gendoc

package main

const raced = false
