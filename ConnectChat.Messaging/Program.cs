using ConnectChat.Messaging;
using ConnectChat.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddMessaging();

var app = builder.Build();
app.MapDefaultEndpoints();
app.MapMessaging();
app.RunService();
