# Makes the corpus in the current folder: a repository, repo, and a folder, files; an
# archive in packed; in odd and oddfiles what mudlark is meant to see otherwise.
# $A1 and so on are made from the templates in tokens. name NAME calls the commit.

merge() {
	day=$((day + 1))
	export GIT_AUTHOR_DATE="$((1700000000 + 86400 * day)) +0000" GIT_COMMITTER_DATE="$((1700000000 + 86400 * day)) +0000"
	git merge -q --no-ff --no-commit "$1"
	[ $# = 1 ] || { write "$2" "$3"; git add -A; }
	git commit -q -m "merge $1"
}
mkdir repo odd files oddfiles packed
cd repo
git init -q -b main .

# The first line of a file, and others; comments that allow.
write app/config.env "ACME=$A1
name = demo
second: '$A2' # gitleaks:allow
third = $A3
widget_key = \"$W1\""
write README.md "Nothing to see."
commit "add configuration"; name FIRST

# A message with a body, and signs that reports must escape.
write "docs/übung notiz.md" "# Übung
see $A4"
GIT_AUTHOR_NAME="Zoë <Ann> O'Neil" GIT_AUTHOR_EMAIL="zoe+ann@example.com" commit "docs: <b>bold</b> & \"quotes\"

The body has two lines,
and a tab	here.

  an indented line
Signed-off-by: Zoë <zoe@example.com>"; name BODY

# Names with blanks, quotes, a colon and a backslash.
write "my files/a b.env" "ACME=$A5"
write "it's.env" "x: $A6"
write "a:b.env" "y: $A7"
write 'dir\file.env' "z: $A8"
commit "names"; name NAMES

# Lines above and below: what was line 1 is line 3 now, and one hunk has two lines.
write app/config.env "# head
# of it
ACME=$A1
name = demo
second: '$A2' # gitleaks:allow
third = $A3
widget_key = \"$W1\"
# tail
fourth = $A9, pair($U1,$P1)"
commit "head and tail"; name EDIT

# A key of several lines, a path that says all, two rules for one value.
write keys/server.pem "-----BEGIN ACME KEY-----
$K1
$K2
-----END ACME KEY-----"
write keys/prod.acmekey "binary or not, the name tells"
write app/settings.yaml "name: settings
gadget: $G1
token = \"$A10\"
secret = \"$W2\""
write app/settings.txt "gadget: $G2"
commit "keys"; name KEYS

# The same file at another path, and a secret that goes and comes back.
write copy/config.env "ACME=$A11"
commit "one"; name COPY1
write copy/again.env "ACME=$A11"
commit "two"; name COPY2
git rm -q copy/again.env
commit "three"; name COPY3
write copy/again.env "ACME=$A11"
commit "four"; name COPY4

# A branch that is merged.
git checkout -q -b side
write side.env "ACME=$A12"
commit "on the side"; name SIDE
git checkout -q main
write main.env "nothing"
commit "on main"; name MAIN
merge side; name MERGE

# Line ends of Windows, no line end at the end, values that are encoded.
printf 'first\r\nACME=%s\r\nlast = %s' "$A15" "$A16" >windows.env
write encoded.txt "plain
data: $(printf 'ACME=%s' "$A17" | base64 -w0)
more: $(printf 'key %s' "$A18" | od -An -tx1 -v | tr -d ' \n')"
commit "encodings"; name ENCODED

# A baseline's old friends: two of them on one line.
write two.env "a=$A19 b=$A20"
commit "two on one line"; name TWO

# Staged, and not staged.
write staged.env "ACME=$A21"
git add staged.env
write README.md "Nothing to see.
More.
ACME=$A22"
cd ..

# What gitleaks does not see: a rename, a merge that brings something of its own, what
# attributes hide, a line that is changed around the secret, another kind of file.
cd odd
git init -q -b main .
write old.env "ACME=$A13"
write line.env "ACME=$A27"
ln -s "$A28" kind
commit "odd"; name ODD
git mv old.env new.env
commit "renamed"; name RENAMED
git checkout -q -b side
write side.env "nothing"
commit "odd side"; name ODDSIDE
git checkout -q main
write line.env "ACME=$A27 # changed"
commit "changed"; name CHANGED
merge side merged.env "ACME=$A12"; name ODDMERGE
write .gitattributes "*.hid -diff"
write secret.hid "ACME=$A14"
commit "attributes"; name HIDDEN
write .gitattributes "*.hid -diff
# the first line of a hunk: $A25"
commit "a hunk that begins with it"; name HUNK
rm kind
write kind "$A29"
commit "another kind"; name KIND
cd ..
cd oddfiles
write betterleaks.env "ACME=$A9 # betterleaks:allow"
cd ..
cd packed
cp "$MADE/outer.zip" .
cd ..

git -C repo repack -adq # few files, as each case has a copy
git -C odd repack -adq
rm -rf repo/.git/hooks odd/.git/hooks

# The folder.
cd files
write app/config.env "ACME=$A1
name = demo
second: '$A2' # gitleaks:allow
third = $A3
widget_key = \"$W1\"
other = pair($U1,$P1)"
write app/copy.env "ACME=$A1"
write "my files/ü b.env" "x: $A5"
write "a:b.env" "y: $A7"
write 'dir\file.env' "z: $A8"
write keys/server.pem "-----BEGIN ACME KEY-----
$K1
$K2
-----END ACME KEY-----"
write keys/allowed.pem "-----BEGIN ACME KEY-----
$K3
$K4 gitleaks:allow
-----END ACME KEY-----"
write keys/prod.acmekey "the name tells"
write app/settings.yaml "name: settings
gadget: $G1
token = \"$A10\"
secret = \"$W2\""
write app/settings.txt "gadget: $G2"
write encoded.txt "plain
data: $(printf 'ACME=%s' "$A17" | base64 -w0)
more: $(printf 'key %s' "$A18" | od -An -tx1 -v | tr -d ' \n')
percent: %61${A4#a}
twice: $(printf 'x=%s' "$A6" | base64 -w0 | base64 -w0)"
write far.env "gadget_id = left
widget_key = $W3
1
2
3
4
5
6
widget_key = $W4"
printf 'first\r\nACME=%s\r\nlast = %s' "$A15" "$A16" >windows.env
write two.env "a=$A19 b=$A20"
cd ..
