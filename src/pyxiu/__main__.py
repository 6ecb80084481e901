from pyxiu.cli.main import main

main()
