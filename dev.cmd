@echo off
rem The verbs of ./dev that are not about tests, on Windows.
rem Tests: dotnet test -c Release
where node >nul 2>nul || (echo dev: Node.js is missing; its npm installs the embedded DynamoDB 1>&2 & exit /b 2)
node "%~dp0tools\install.mjs" || exit /b 2
dotnet run -c Release --project "%~dp0tools\ConnectChat.Cli" -- %*
